import type { Properties } from './template';

/** What makes, changes and removes resources of a type. Each throws `ResourceFailed` to fail. */
export interface ResourceHandler {
  create(request: CreateRequest): Promise<Made>;
  update(request: UpdateRequest): Promise<Made>;
  delete(request: DeleteRequest): Promise<void>;
}

export interface CreateRequest {
  readonly stackId: string;
  readonly stackName: string;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Properties;
}

export interface DeleteRequest extends CreateRequest {
  readonly physicalId: string;
}

export interface UpdateRequest extends DeleteRequest {
  readonly oldProperties: Properties;
}

export interface Made {
  readonly physicalId: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export class ResourceFailed extends Error {
  /** The id is known where a custom resource has answered with one. */
  constructor(message: string, readonly physicalId?: string) {
    super(message);
  }
}
