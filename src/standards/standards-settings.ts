/** What is offered over OpenDSR 2.0; certificate and key lie in the data folder. */
export interface OpenDsrSettings {
  /** Our name of the controller whose processor this installation is. */
  readonly controllerId: string;
  /** Host at which requests are received and for which the certificate is issued. */
  readonly domain: string;
}

/** What is offered over the Data Rights Protocol 1.0. */
export interface DrpSettings {
  /** Our id in the directory of the network. */
  readonly businessId: string;
  /** Agents whose requests are taken, from the directory. */
  readonly agents: readonly {
    readonly id: string;
    /** Ed25519, base64. */
    readonly verifyKey: string;
  }[];
}
