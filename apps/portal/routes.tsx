import type { RouteObject } from 'react-router';
import { OnlyForPeople, OnlyForStaff, OnlyForSubjects } from './shell/only-for.js';
import { NotFound, RouteError } from './shell/route-error.js';
import { Shell } from './shell/shell.js';

/**
 * Every page of the portal. A page is a file `*.page.tsx` that exports `Component`, and is loaded when somebody goes there; README.md says how one
 * is added.
 */
export const routes: RouteObject[] = [
  {
    element: <Shell />,
    errorElement: <RouteError />,
    hydrateFallbackElement: <></>,
    children: [
      {
        errorElement: <RouteError />,
        children: [
          { index: true, lazy: () => import('./home/home.page.js') },
          { path: 'sign-in', lazy: () => import('./sign-in/sign-in.page.js') },
          { path: 'sign-in/link', lazy: () => import('./sign-in/mailed-link.page.js') },
          { path: 'follow', lazy: () => import('./sign-in/follow.page.js') },
          { path: 'start', lazy: () => import('./subject/start.page.js') },
          { path: 'verify', lazy: () => import('./receipt/verify.page.js') },
          {
            path: 'me',
            children: [
              {
                element: <OnlyForSubjects />,
                children: [
                  { index: true, lazy: () => import('./subject/overview.page.js') },
                  { path: 'history', lazy: () => import('./subject/history.page.js') },
                  { path: 'consents', lazy: () => import('./subject/consents.page.js') },
                  { path: 'requests', lazy: () => import('./subject/requests.page.js') },
                  { path: 'requests/new', lazy: () => import('./subject/new-request.page.js') },
                ],
              },
              {
                element: <OnlyForPeople />,
                children: [{ path: 'requests/:requestId', lazy: () => import('./subject/request.page.js') }],
              },
            ],
          },
          { path: 'staff/sign-in', lazy: () => import('./sign-in/staff-sign-in.page.js') },
          { path: 'staff/set-up', lazy: () => import('./sign-in/set-up.page.js') },
          {
            element: <OnlyForStaff roles={['dpo', 'auditor', 'engineer', 'admin']} />,
            children: [
              { path: 'staff', lazy: () => import('./sign-in/staff-home.page.js') },
              { path: 'staff/password', lazy: () => import('./sign-in/password.page.js') },
            ],
          },
          {
            element: <OnlyForStaff roles={['auditor', 'admin']} />,
            children: [
              { path: 'audit/ledger', lazy: () => import('./auditor/ledger.page.js') },
              { path: 'audit/ledger/:index', lazy: () => import('./auditor/entry.page.js') },
              { path: 'audit/checkpoints', lazy: () => import('./auditor/checkpoints.page.js') },
              { path: 'audit/staff', lazy: () => import('./admin/staff-actions.page.js') },
              { path: 'audit/certificates', lazy: () => import('./auditor/certificates.page.js') },
              { path: 'audit/certificates/:requestId', lazy: () => import('./auditor/certificate.page.js') },
              { path: 'audit/absence', lazy: () => import('./auditor/absence.page.js') },
              { path: 'audit/replays', lazy: () => import('./auditor/replays.page.js') },
              { path: 'audit/replays/:replayId', lazy: () => import('./auditor/replay.page.js') },
            ],
          },
          {
            element: <OnlyForStaff roles={['engineer', 'admin']} />,
            children: [
              { path: 'engine/lines', lazy: () => import('./engineer/lines.page.js') },
              {
                path: 'engine/lines/:line/versions/:version',
                lazy: () => import('./engineer/version.page.js'),
              },
              { path: 'engine/shards', lazy: () => import('./engineer/shards.page.js') },
              { path: 'engine/jobs', lazy: () => import('./engineer/jobs.page.js') },
              { path: 'engine/read-models', lazy: () => import('./engineer/read-models.page.js') },
              { path: 'engine/events', lazy: () => import('./engineer/events.page.js') },
              { path: 'engine/try-out', lazy: () => import('./engineer/try-out.page.js') },
              { path: 'engine/settings', lazy: () => import('./engineer/settings.page.js') },
            ],
          },
          {
            element: <OnlyForStaff roles={['dpo']} />,
            children: [
              { path: 'officer/requests', lazy: () => import('./officer/queue.page.js') },
              {
                path: 'officer/requests/:requestId',
                lazy: () => import('./officer/officer-request.page.js'),
              },
              { path: 'officer/dashboard', lazy: () => import('./officer/dashboard.page.js') },
              { path: 'officer/holds', lazy: () => import('./officer/holds.page.js') },
              { path: 'officer/recipients', lazy: () => import('./officer/recipients.page.js') },
              { path: 'officer/register', lazy: () => import('./officer/register.page.js') },
            ],
          },
          {
            element: <OnlyForStaff roles={['admin']} />,
            children: [{ path: 'admin/accounts', lazy: () => import('./admin/accounts.page.js') }],
          },
          { path: '*', element: <NotFound /> },
        ],
      },
    ],
  },
];
