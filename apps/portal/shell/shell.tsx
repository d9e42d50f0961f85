import { Anchor, Burger, Skeleton, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Outlet, ScrollRestoration, useLocation } from 'react-router';
import { usePortalConfig, useSession } from '../api/session.js';
import { Account } from './account.js';
import { Logo } from './logo.js';
import { navigationFor } from './navigation.js';
import { Preferences } from './preferences.js';
import classes from './shell.module.css';
import { SectionLinks } from './section-links.js';

/** The frame of every page. */
export function Shell() {
  return (
    <Suspense fallback={<Waiting />}>
      <Frame />
    </Suspense>
  );
}

function Frame() {
  const { t } = useTranslation();
  const session = useSession();
  const { controller } = usePortalConfig();
  const sections = navigationFor(session);
  const isStaff = session.kind === 'staff';
  const [isMenuOpen, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  useEffect(close, [pathname, close]);
  return (
    <div className={classes.frame}>
      <a className={classes.skip} href="#content">
        {t('shell.skip')}
      </a>
      <header className={classes.header}>
        <div className={classes.bar}>
          <Burger
            className={classes.burger}
            size="sm"
            opened={isMenuOpen}
            onClick={toggle}
            aria-label={t('shell.menu')}
            aria-expanded={isMenuOpen}
            aria-controls="menu"
          />
          <Link to="/" className={classes.brand}>
            <Logo />
            <span className={classes.name}>Lacuna</span>
            <span className={classes.controller}>{controller}</span>
          </Link>
          {!isStaff && (
            <nav className={classes.tabs} aria-label={t('shell.navigation')}>
              <SectionLinks sections={sections} />
            </nav>
          )}
          <div className={classes.tools}>
            <Preferences />
            <Account />
          </div>
        </div>
        {isMenuOpen && (
          <nav id="menu" className={classes.menu} aria-label={t('shell.menu')}>
            <SectionLinks sections={sections} />
          </nav>
        )}
      </header>
      <div className={classes.body}>
        {isStaff && sections.length > 0 && (
          <nav className={classes.side} aria-label={t('shell.navigation')}>
            <SectionLinks sections={sections} />
          </nav>
        )}
        <main id="content" tabIndex={-1} className={classes.main}>
          <Suspense fallback={<Waiting />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
      <Footer isStaff={isStaff} />
      <ScrollRestoration getKey={({ pathname }) => pathname} />
    </div>
  );
}

function Footer({ isStaff }: { readonly isStaff: boolean }) {
  const { t } = useTranslation();
  const { origin } = usePortalConfig();
  return (
    <footer className={classes.footer}>
      <span>
        {t('shell.ledger')}{' '}
        <Anchor href="/ledger/checkpoint" size="sm">
          {origin}
        </Anchor>
      </span>
      <span className={classes.footerLinks}>
        <Anchor component={Link} to="/verify" size="sm">
          {t('nav.verify')}
        </Anchor>
        {!isStaff && (
          <Anchor component={Link} to="/staff/sign-in" size="sm">
            {t('shell.forStaff')}
          </Anchor>
        )}
      </span>
    </footer>
  );
}

function Waiting() {
  const { t } = useTranslation();
  return (
    <Stack p="xl" maw="50rem" role="status" aria-label={t('common.loading')}>
      <Skeleton height={32} width="40%" />
      <Skeleton height={18} />
      <Skeleton height={18} width="80%" />
    </Stack>
  );
}
