import type { AdmissionRequest } from './admission.ts';
import type { Grant } from './quota.ts';

export interface PermitRequest extends AdmissionRequest {
  readonly project: string;
  readonly model: string;
  /** The estimate; the average of the model's last calls unless said. */
  readonly inputTokens?: number | undefined;
}

/** Leave to send one request: say when it is sent, and settle it or call it off. */
export type Permit = Grant;
