type Environment = Readonly<Record<string, string | undefined>>;

const PROXIES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'] as const;
/** A server on this machine is never behind a proxy. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]', '::1'] as const;

/** The settings for Node's proxy support; `undefined` when the environment names no proxy. */
export function proxySettings(env: Environment): Record<string, string> | undefined {
  const proxies = PROXIES.flatMap((name) => (env[name] ? [[name, env[name]] as const] : []));
  if (proxies.length === 0) return undefined;
  const direct = [env.no_proxy || env.NO_PROXY, ...LOOPBACK].filter(Boolean).join(',');
  return { ...Object.fromEntries(proxies), no_proxy: direct };
}

/**
 * Sends the requests of this process through the proxy in HTTPS_PROXY or HTTP_PROXY, except to the hosts in NO_PROXY. Without
 * these variables it does nothing. Returns why a proxy cannot be used.
 *
 * Node has this from 24.14 on. An older one gets a warning and no proxy, because most commands need no network.
 */
export async function useProxy(
  env: Environment,
  warn: (text: string) => void,
  load: () => Promise<{ readonly setGlobalProxyFromEnv?: (settings: Record<string, string>) => unknown }> = () =>
    import('node:http'),
): Promise<string | undefined> {
  const settings = proxySettings(env);
  if (settings === undefined) return undefined;
  // Imported only here: most calls need no proxy, and every module costs time at the start.
  const { setGlobalProxyFromEnv } = await load();
  if (setGlobalProxyFromEnv === undefined) {
    // Node 22.21 and later uses the proxy by itself if it is started with this variable.
    const knowsVariable = process.allowedNodeEnvironmentFlags.has('--use-env-proxy');
    if (knowsVariable && env.NODE_USE_ENV_PROXY === '1') return undefined;
    warn(`Node ${process.version} does not use the proxy in HTTPS_PROXY or HTTP_PROXY. Node 24.14 and newer do.\n`);
    return undefined;
  }
  try {
    setGlobalProxyFromEnv(settings);
    return undefined;
  } catch (error) {
    return `Not a proxy address in HTTPS_PROXY or HTTP_PROXY: ${(error as Error).message}`;
  }
}
