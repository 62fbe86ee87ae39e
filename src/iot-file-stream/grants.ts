import * as iam from 'aws-cdk-lib/aws-iam';
import { PARAMETERS } from './private/input';

/**
 * Permissions on a stream.
 */
export class IotFileStreamGrants {
  /** @internal */
  constructor(private readonly arns: string[]) {}

  /**
   * Lets a principal read the stream's version, description, files and role, but not the files' content.
   *
   * @param grantee who may
   */
  public describe(grantee: iam.IGrantable): iam.Grant {
    return this.actions(grantee, ['iot:DescribeStream']);
  }

  /**
   * Lets a principal call any actions on the stream.
   *
   * @param grantee who may
   * @param actions IAM actions, such as 'iot:DescribeStream'
   */
  public actions(grantee: iam.IGrantable, actions: string[]): iam.Grant {
    PARAMETERS.grantee('grantee', grantee);
    PARAMETERS.actions('actions', actions);
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns: this.arns });
  }
}
