import classes from './json-block.module.css';

/** A document as it is, folded away until somebody wants to read it. */
export function JsonBlock({ title, value }: { readonly title: string; readonly value: unknown }) {
  return (
    <details className={classes.block}>
      <summary>{title}</summary>
      <pre tabIndex={0} aria-label={title}>
        {JSON.stringify(value, undefined, 2)}
      </pre>
    </details>
  );
}
