import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useEffect, useId, useMemo } from 'react';
import { BRAND } from './brand.ts';
import { useStored } from './stored.ts';
import { LANGUAGES, type Language, preferredLanguage, type TextKey, TextsContext, textsOf } from './text.ts';

const THEMES = ['system', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

const queries = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 1_000 } } });

const isLanguage = (value: unknown): value is Language => typeof value === 'string' && value in LANGUAGES;
const isTheme = (value: unknown): value is Theme => THEMES.some((theme) => theme === value);

/** The page around the content: the vendor's name and logo, language and theme. */
export function Frame({ title, children }: { readonly title: TextKey; readonly children: ReactNode }): ReactNode {
  const [language, setLanguage] = useStored('language', preferredLanguage(navigator.languages), isLanguage);
  const [theme, setTheme] = useStored<Theme>('theme', 'system', isTheme);
  const texts = useMemo(() => textsOf(language), [language]);
  useEffect(() => {
    document.documentElement.lang = language;
    document.documentElement.dataset.theme = theme;
    document.title = `${texts.text(title)} · ${BRAND.name}`;
  }, [language, theme, texts, title]);
  return (
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queries}>
        <TextsContext value={texts}>
          <header className="bar">
            <img src={BRAND.logo} alt="" width="32" height="32" />
            <span className="name">{BRAND.name}</span>
            <Choice
              label={texts.text('language')}
              value={language}
              choices={LANGUAGES}
              onChange={(next) => isLanguage(next) && setLanguage(next)}
            />
            <Choice
              label={texts.text('theme')}
              value={theme}
              choices={Object.fromEntries(THEMES.map((one) => [one, texts.text(`theme.${one}`)]))}
              onChange={(next) => isTheme(next) && setTheme(next)}
            />
          </header>
          <main className="page">
            <h1>{texts.text(title)}</h1>
            {children}
            {BRAND.support !== '' && <p className="quiet">{texts.text('support', { address: BRAND.support })}</p>}
          </main>
        </TextsContext>
      </QueryClientProvider>
    </CSPProvider>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly choices: Readonly<Record<string, string>>;
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, choices, onChange }: ChoiceProps): ReactNode {
  const id = useId();
  return (
    <span>
      <label className="hidden" htmlFor={id}>
        {label}
      </label>
      <select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
        {Object.entries(choices).map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
    </span>
  );
}
