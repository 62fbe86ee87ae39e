import type { CreateRequest, DeleteRequest, Made, ResourceHandler, UpdateRequest } from './resource-handler';
import { ResourceFailed } from './resource-handler';
import type { Properties } from './template';
import { stringified } from './template';
import type { VirtualTime } from './virtual-time';

/** An event as CloudFormation sends it. */
export interface CustomResourceEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ServiceToken: string;
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly ResourceType: string;
  readonly ResourceProperties: Readonly<Record<string, unknown>>;
  readonly PhysicalResourceId?: string;
  readonly OldResourceProperties?: Readonly<Record<string, unknown>>;
}

interface Answer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly Data?: Readonly<Record<string, string>>;
}

export interface CustomResourcesOptions {
  readonly time: VirtualTime;
  readonly requestId: () => string;
  /** Whether the address for an answer says when the event was sent. */
  readonly isDated: () => boolean;
  readonly send: (event: CustomResourceEvent) => void;
}

const DEFAULT_SERVICE_TIMEOUT_SECONDS = 3600;
const RESPONSE_HOST = 'https://cloudformation-custom-resource-response.example/';

/** Custom resources: CloudFormation sends an event, and waits for an answer at the event's own address. */
export class CustomResources implements ResourceHandler {
  private readonly waiting = new Map<string, (answer: Answer) => void>();

  constructor(private readonly options: CustomResourcesOptions) {}

  async create(request: CreateRequest): Promise<Made> {
    return this.event('Create', request, {});
  }

  async update({ oldProperties, ...request }: UpdateRequest): Promise<Made> {
    return this.event('Update', request, { PhysicalResourceId: request.physicalId, OldResourceProperties: strings(oldProperties) });
  }

  async delete(request: DeleteRequest): Promise<void> {
    await this.event('Delete', request, { PhysicalResourceId: request.physicalId });
  }

  /** Takes an answer at an address. Only the first counts. */
  answer(url: string, body: string): void {
    this.waiting.get(url)?.(JSON.parse(body) as Answer);
    this.waiting.delete(url);
  }

  private async event(RequestType: CustomResourceEvent['RequestType'], request: CreateRequest, more: Partial<CustomResourceEvent>): Promise<Made> {
    const RequestId = this.options.requestId();
    const dates = this.options.isDated() ? `X-Amz-Date=${basicTime(this.options.time.now())}&X-Amz-Expires=7200&` : '';
    const ResponseURL = `${RESPONSE_HOST}${RequestId}?${dates}X-Amz-Signature=5ecre7`;
    const seconds = Number(request.properties.ServiceTimeout ?? DEFAULT_SERVICE_TIMEOUT_SECONDS);
    const answer = await new Promise<Answer>((resolve, reject) => {
      const cancel = this.options.time.after(seconds * 1000, () => {
        this.waiting.delete(ResponseURL);
        reject(new ResourceFailed('CloudFormation did not receive a response from your Custom Resource'));
      });
      this.waiting.set(ResponseURL, (received) => {
        cancel();
        resolve(received);
      });
      this.options.send({
        RequestType,
        ServiceToken: String(request.properties.ServiceToken),
        ResponseURL,
        StackId: request.stackId,
        RequestId,
        LogicalResourceId: request.logicalId,
        ResourceType: request.type,
        ResourceProperties: strings(request.properties),
        ...more,
      });
    });
    if (answer.Status === 'FAILED') throw new ResourceFailed(answer.Reason!, answer.PhysicalResourceId);
    return { physicalId: answer.PhysicalResourceId, attributes: answer.Data ?? {} };
  }
}

/** As in a presigned address: to the second. */
function basicTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/[-:]|\.\d+/g, '');
}

function strings(properties: Properties): Readonly<Record<string, unknown>> {
  return stringified(properties) as Record<string, unknown>;
}
