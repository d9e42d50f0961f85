import { Module, type DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { AccessModule } from '#stages/access/http';
import { EngineModule } from '#stages/engine/http';
import { ExplorerModule } from '#stages/explorer/http';
import { IngestModule } from '#stages/ingest/http';
import { LedgerModule } from '#stages/ledger/http';
import { LettersModule } from '#stages/letters/http';
import { RecipientsModule } from '#stages/recipients/http';
import { RegisterModule } from '#stages/register/http';
import { RequestsModule } from '#stages/requests/http';
import { SelfServiceModule } from '#stages/self-service/http';
import { ServingModule } from '#stages/serving/http';
import { StandardsModule } from '#stages/standards/http';
import { UnlearningModule } from '#stages/unlearning/http';
import { portalConfigOf, portalOf, type Installation } from '../installation/index.js';
import { HealthController, INSTALLATION } from './health.controller.js';
import { Readiness } from './readiness.js';

/** All routes over one installation. */
@Module({})
export class ApiModule {
  static over(installation: Installation, readiness: Readiness): DynamicModule {
    const { ingest, certificates, vault, recipients, recommendations, lines, trainings, folder } =
      installation;
    const { explorer, engine, access, ownHistory, ownChoices, settings } = installation;
    const { gpcPurposes, gpcSince } = portalOf(settings);
    return {
      module: ApiModule,
      imports: [
        TerminusModule,
        IngestModule.over(ingest),
        RequestsModule.over(installation, certificates, vault, access.challenges),
        LettersModule.over(installation.letters),
        RegisterModule.over(installation.register),
        StandardsModule.over(
          installation.openDsr,
          installation.dataRights,
          installation.resultLinks,
          installation.consentExport,
        ),
        RecipientsModule.over(recipients.registry, recipients.notices, recipients.acknowledgements),
        ServingModule.over(recommendations),
        UnlearningModule.over(lines, trainings),
        LedgerModule.over(folder.paths.ledger),
        ExplorerModule.over(explorer),
        EngineModule.over(engine),
        SelfServiceModule.over(ownHistory, ownChoices),
        AccessModule.over(access, {
          config: portalConfigOf(settings, access.provider?.label),
          honoursGpc: gpcPurposes.length > 0,
          gpcSince,
        }),
      ],
      controllers: [HealthController],
      providers: [
        { provide: INSTALLATION, useValue: installation },
        { provide: Readiness, useValue: readiness },
      ],
    };
  }
}
