import { defined } from '../../../domain/defined.ts';
import type { StoredHealth } from '../../store/endpoint-health-item.ts';
import type { EventEndpoint } from '../../store/event-endpoint-item.ts';

/** What the vendor set, without the secrets themselves. The entity tag for `If-Match` is made of this. */
export function endpointSettings({ revision: _, disabled, secrets, lastPing: __, ...endpoint }: EventEndpoint): object {
  const status = disabled === undefined ? 'enabled' : 'disabled';
  const dates = secrets.map(({ secret: ___, ...rest }) => rest);
  return defined({ ...endpoint, status, disabled, secrets: dates });
}

/** What deliveries and pings change, and no request. */
export function endpointObservations({ lastPing }: EventEndpoint, health: StoredHealth): object {
  return defined({ health, lastPing });
}

/** The endpoint as the API shows it. */
export function endpointView(endpoint: EventEndpoint, health: StoredHealth): object {
  return { ...endpointSettings(endpoint), ...endpointObservations(endpoint, health) };
}
