import { useTranslation } from 'react-i18next';
import { NavLink } from 'react-router';
import type { NavSection } from './navigation.js';
import classes from './section-links.module.css';

/** Links to the pages of each section; the one that is open says so. */
export function SectionLinks({ sections }: { readonly sections: readonly NavSection[] }) {
  const { t } = useTranslation();
  return sections.map(({ name, items }) => (
    <div key={name ?? items[0].to} className={classes.section}>
      {name !== undefined && <div className={classes.name}>{t(`nav.${name}`)}</div>}
      <ul className={classes.items}>
        {items.map((item) => (
          <li key={item.to}>
            <NavLink to={item.to} end={item.exact} className={classes.link}>
              {t(`nav.${item.name}`)}
            </NavLink>
          </li>
        ))}
      </ul>
    </div>
  ));
}
