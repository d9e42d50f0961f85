/** Four squares, one of which is a gap. */
export function Logo() {
  return (
    <svg
      width="22"
      height="22"
      viewBox="3 3 18 18"
      aria-hidden
      fill="currentColor"
      color="var(--mantine-color-ink-filled)"
    >
      <path d="M3 3h8v8H3zM13 3h8v8h-8zM3 13h8v8H3z" />
      <rect
        x="13.75"
        y="13.75"
        width="6.5"
        height="6.5"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeDasharray="2.2 1.8"
      />
    </svg>
  );
}
