import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** The one accent: ink. Green, amber and red are left to mean something. */
const ink: MantineColorsTuple = [
  '#eef3fb',
  '#dbe5f5',
  '#b9cdeb',
  '#9db8e6',
  '#7396d3',
  '#567dc3',
  '#3f68b0',
  '#34599c',
  '#2b4c86',
  '#1d3763',
];

/** Neutral steps of the dark scheme, a little towards ink. */
const dark: MantineColorsTuple = [
  '#d5d9e0',
  '#b4bac5',
  '#99a1af',
  '#6d7688',
  '#454d5d',
  '#363d4b',
  '#272d39',
  '#1b202a',
  '#151922',
  '#0f1219',
];

export const theme = createTheme({
  primaryColor: 'ink',
  primaryShade: { light: 8, dark: 6 },
  colors: { ink, dark },
  fontFamily: "'IBM Plex Sans Variable', 'Helvetica Neue', Arial, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'Cascadia Mono', Menlo, Consolas, 'Liberation Mono', monospace",
  fontSizes: { xs: '0.8125rem', sm: '0.9rem', md: '1rem', lg: '1.125rem', xl: '1.3125rem' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.55', lg: '1.5', xl: '1.4' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.875rem', lineHeight: '1.2' },
      h2: { fontSize: '1.25rem', lineHeight: '1.3' },
      h3: { fontSize: '1.0625rem', lineHeight: '1.4' },
    },
  },
  spacing: { xs: '0.5rem', sm: '0.75rem', md: '1rem', lg: '1.5rem', xl: '2.25rem' },
  defaultRadius: 'sm',
  radius: { xs: '3px', sm: '6px', md: '10px', lg: '14px', xl: '20px' },
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Alert: { defaultProps: { variant: 'light' } }, // named, so that portal.css can tell it by it
    Anchor: { defaultProps: { underline: 'always' } },
    Badge: { defaultProps: { variant: 'light', size: 'lg', radius: 'sm', tt: 'none', fw: 500 } },
    Modal: {
      defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.45 } },
      styles: { title: { fontSize: 'var(--mantine-font-size-lg)', fontWeight: 600 } },
    },
    Paper: { defaultProps: { withBorder: true, radius: 'md', p: 'lg' } },
    Table: { defaultProps: { verticalSpacing: 'sm', highlightOnHover: true } },
    Skeleton: { defaultProps: { radius: 'sm' } },
  },
});
