import * as iam from 'aws-cdk-lib/aws-iam';
import { PARAMETERS } from './private/input';

/**
 * Permissions on a stream.
 */
export class IotFileStreamGrants {
  /** @internal */
  constructor(private readonly arns: string[]) {}

  /**
   * Grants `iot:DescribeStream`: reading the version, description, files and role of the stream, but not the content of
   * files.
   *
   * @param grantee the principal
   */
  public describe(grantee: iam.IGrantable): iam.Grant {
    return this.actions(grantee, ['iot:DescribeStream']);
  }

  /**
   * Grants the given actions on the stream.
   *
   * @param grantee the principal
   * @param actions IAM actions, such as 'iot:DescribeStream'
   */
  public actions(grantee: iam.IGrantable, actions: string[]): iam.Grant {
    PARAMETERS.grantee('grantee', grantee);
    PARAMETERS.actions('actions', actions);
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns: this.arns });
  }
}
