import type { Swept } from '#libs/contracts';
import type { RequestStep } from '#libs/erasure';
import type { OidcSettings } from '#stages/access';
import type { ProjectionProgress, ProjectionsOptions } from '#stages/projections';
import type { TrainingPool } from '#stages/training';
import type { QueueTiming } from '#stages/training/queue';
import type { RebuildProgress } from '#stages/unlearning';
import type { Backends } from './backends.js';
import type { KekOptions } from './kek.js';
import type { AppendObserver } from './observed-store.js';
import type { LineChoice } from './line-choice.js';
import type { Settings } from './settings.js';

export interface MailOptions {
  /** Value of LACUNA_SMTP_URL. */
  readonly smtpUrl?: string;
  /** Value of LACUNA_MAIL_FROM. */
  readonly from?: string;
}

export interface InstallationOptions extends Omit<KekOptions, 'kekNext'> {
  readonly folder: string;
  /** For a new data folder; an existing one keeps its own. */
  readonly settings?: Partial<Settings>;
  /** What the line is to be when this opening starts it; one that was started must be that. */
  readonly line?: LineChoice;
  /** Threads that train, or fold a backlog; default: one a processor. */
  readonly threads?: number;
  /** After so many events that it has appended to the file a thread goes on with writing, where others wait meanwhile; default: never. */
  readonly eventsBeforeThread?: number;
  /** Threads that train in place of its own, and stay when it is closed; for tests, which open many. */
  readonly lentPool?: TrainingPool;
  /** When projections fold the log in windows, and how long these are; for tests. */
  readonly backlog?: Pick<ProjectionsOptions, 'backlog' | 'windowSize'>;
  /** Default: everything in the data folder. */
  readonly backends?: Backends;
  /** Value of LACUNA_DESTRUCTIONS: where destructions are journalled, best on another disk. */
  readonly destructions?: string;
  readonly now?: () => Date;
  /** Where the portal is opened when the settings do not say. */
  readonly portalUrl?: string;
  /** Where staff sign in, beside local accounts. */
  readonly oidc?: OidcSettings;
  /** Where mail goes; without a server it becomes files in the data folder. */
  readonly mail?: MailOptions;
  /** Hears why something could not be sent for a reason of ours; it is tried again. */
  readonly onDeliveryFailure?: (reason: unknown) => void;
  readonly onAppended?: AppendObserver;
  /** Hears why the copy of the ledger in the object store is behind; it is brought up later. */
  readonly onCopyFailure?: (reason: unknown) => void;
  /** Hears why jobs for workers are held up; they are sent again. */
  readonly onQueueTrouble?: (reason: unknown) => void;
  /** How long things of the queue may take; for tests. */
  readonly queueTiming?: Partial<QueueTiming>;
  readonly onRebuild?: RebuildProgress;
  readonly onProjection?: (progress: ProjectionProgress) => void;
  /** Told of model files that were destroyed because nothing names them: at the opening, and after a rebuild. */
  readonly onSwept?: (swept: Swept) => void;
  /** Hears why requests do not get on; they stay open. */
  readonly onRequestFailure?: (reason: unknown) => void;
  readonly onRequestStep?: (
    requestId: string,
    step: RequestStep | 'rebuild',
    when: 'before' | 'after',
  ) => void;
}
