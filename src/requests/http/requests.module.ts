import { Module, type DynamicModule } from '@nestjs/common';
import type { Vault } from '#libs/messaging';
import type { RequestStage } from '../open-request-stage.js';
import { BulkWork } from '../bulk-work.js';
import { CertificateArchive, IdentityChallenges } from '../ports.js';
import { ReceiptDesk } from '../receipt-desk.js';
import { RequestService } from '../request-service.js';
import { SubjectHistory } from '../subject-history.js';
import {
  BulkController,
  DashboardController,
  HoldsController,
  SUBJECT_DIRECTORY,
} from './desk.controllers.js';
import { MyRequestsController } from './my-requests.controller.js';
import { PortalRequestsController } from './portal-requests.controller.js';
import { ReceiptsController } from './receipts.controller.js';
import { RequestRooms } from './request-rooms.js';
import { RequestsController } from './requests.controller.js';
import { SubjectsController } from './subjects.controller.js';

/**
 * The routes of this stage over services that were put together before.
 *
 * Without challenges nobody can make a request who is not signed in.
 */
@Module({})
export class RequestsModule {
  static over(
    stage: Omit<RequestStage, 'process' | 'consentChanges'>,
    certificates: CertificateArchive,
    vault: Pick<Vault, 'findSubject'>,
    challenges?: IdentityChallenges,
  ): DynamicModule {
    return {
      module: RequestsModule,
      controllers: [
        BulkController, // before the routes with an id
        RequestsController,
        ReceiptsController,
        SubjectsController,
        HoldsController,
        DashboardController,
        MyRequestsController,
        ...(challenges ? [PortalRequestsController] : []),
      ],
      providers: [
        { provide: RequestRooms, useValue: new RequestRooms(stage) },
        { provide: RequestService, useValue: stage.requests },
        { provide: SubjectHistory, useValue: stage.history },
        { provide: ReceiptDesk, useValue: stage.receipts },
        { provide: BulkWork, useValue: stage.bulk },
        { provide: CertificateArchive, useValue: certificates },
        ...(challenges ? [{ provide: IdentityChallenges, useValue: challenges }] : []),
        { provide: SUBJECT_DIRECTORY, useValue: vault },
      ],
    };
  }
}
