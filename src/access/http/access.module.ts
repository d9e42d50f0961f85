import { Module, type DynamicModule } from '@nestjs/common';
import type { Access } from '../open-access.js';
import { ACCESS } from './access-token.js';
import { IdentityController } from './identity.controller.js';
import { PORTAL, PortalController, type Portal } from './portal.controller.js';
import { SessionController } from './session.controller.js';
import { SessionDesk } from './session-desk.js';
import { StaffController } from './staff.controller.js';

/** The routes of this stage over services that were put together before. */
@Module({})
export class AccessModule {
  static over(access: Access, portal: Portal): DynamicModule {
    return {
      module: AccessModule,
      controllers: [SessionController, IdentityController, StaffController, PortalController],
      providers: [
        { provide: ACCESS, useValue: access },
        { provide: PORTAL, useValue: portal },
        { provide: SessionDesk, useValue: new SessionDesk(access) },
      ],
    };
  }
}
