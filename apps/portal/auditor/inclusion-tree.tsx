import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/format.js';
import type { InclusionPath } from './inclusion-path.js';
import classes from './inclusion-tree.module.css';
import { DRAWING, drawTree, type DrawnNode } from './tree-drawing.js';

interface InclusionTreeProps {
  readonly path: InclusionPath;
  readonly index: number;
  /** Hex; absent when no signature holds. */
  readonly signedRoot?: string;
}

/** The way from an entry to the root: drawn, and told as a list. */
export function InclusionTree({ path, index, signedRoot }: InclusionTreeProps) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const { nodes, lines, height } = drawTree(path);
  const root = nodes[nodes.length - 1];
  const isSigned = root.hash === signedRoot;
  const rangeOf = ({ from, until }: DrawnNode): string =>
    until - from === 1
      ? t('entry.tree.entry', { index: number(from) })
      : t('entry.tree.entries', { from: number(from), until: number(until - 1) });
  return (
    <figure className={classes.figure}>
      <svg
        className={classes.drawing}
        viewBox={`0 0 ${DRAWING.width} ${height}`}
        role="img"
        aria-label={t('entry.tree.label', { index: number(index) })}
      >
        {lines.map(({ from, to }) => (
          <line
            key={`${from.x} ${from.y}`}
            className={classes.line}
            data-role={from.role}
            x1={from.x}
            y1={from.y}
            x2={to.x}
            y2={to.y}
          />
        ))}
        {nodes.map((node) => (
          <g
            key={`${node.x} ${node.y}`}
            className={classes.node}
            data-role={node.role}
            data-wrong={(node.role === 'root' && !isSigned) || undefined}
          >
            <title>{node.hash}</title>
            <rect
              x={node.x - DRAWING.nodeWidth / 2}
              y={node.y - DRAWING.nodeHeight / 2}
              width={DRAWING.nodeWidth}
              height={DRAWING.nodeHeight}
              rx="7"
            />
            <text x={node.x} y={node.y - 4}>
              {node.hash.slice(0, 12)}…
            </text>
            <text x={node.x} y={node.y + 13} className={classes.range}>
              {rangeOf(node)}
            </text>
          </g>
        ))}
      </svg>
      <figcaption className={classes.legend}>
        <span data-role="computed">{t('entry.tree.computed')}</span>
        <span data-role="given">{t('entry.tree.given')}</span>
        <span data-role="root" data-wrong={!isSigned || undefined}>
          {t(isSigned ? 'entry.tree.rootSigned' : 'entry.tree.rootOther')}
        </span>
      </figcaption>
      <details className={classes.list}>
        <summary>{t('entry.tree.asList')}</summary>
        <ol>
          {path.steps.map((_, level) => {
            const [computed, given] = nodes.slice(level * 2, level * 2 + 2);
            return (
              <li key={computed.y}>
                {t('entry.tree.step', { range: rangeOf(computed), hash: computed.hash })}{' '}
                {t(given.x < computed.x ? 'entry.tree.onLeft' : 'entry.tree.onRight', {
                  range: rangeOf(given),
                  hash: given.hash,
                })}
              </li>
            );
          })}
          <li>
            {t('entry.tree.top', { hash: root.hash })}{' '}
            {t(isSigned ? 'entry.tree.rootSigned' : 'entry.tree.rootOther')}
          </li>
        </ol>
      </details>
    </figure>
  );
}
