import { App, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { DeviceRoleProps } from '../../src';
import { DeviceRole } from '../../src';

function stackOf(build: (stack: Stack) => unknown): Template {
  const stack = new Stack(new App(), 'MyStack');
  build(stack);
  return Template.fromStack(stack);
}

function roleOf(props?: DeviceRoleProps): Template {
  return stackOf((stack) => new DeviceRole(stack, 'Camera', props));
}

test('creates a role that only the credentials provider can assume, and an alias for it', () => {
  const template = roleOf();
  template.hasResourceProperties('AWS::IAM::Role', {
    AssumeRolePolicyDocument: {
      Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'credentials.iot.amazonaws.com' } }],
    },
    MaxSessionDuration: Match.absent(),
    Policies: Match.absent(),
  });
  template.hasResourceProperties('AWS::IoT::RoleAlias', {
    RoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('CameraRole'), 'Arn'] }, CredentialDurationSeconds: 3600, RoleAlias: Match.absent(),
  });
});

test('raises the maximum session duration of its role to the duration of the credentials', () => {
  roleOf({ credentialDuration: Duration.hours(12), roleAliasName: 'cameras' }).hasResourceProperties('AWS::IAM::Role', { MaxSessionDuration: 43_200 });
  roleOf({ credentialDuration: Duration.minutes(15) }).hasResourceProperties('AWS::IAM::Role', { MaxSessionDuration: Match.absent() });
});

test('accepts a duration that is known only at deployment, with sessions that are long enough for any', () => {
  const template = stackOf((stack) => {
    const seconds = new CfnParameter(stack, 'Seconds', { type: 'Number' });
    new DeviceRole(stack, 'Camera', { credentialDuration: Duration.seconds(seconds.valueAsNumber) });
  });
  template.hasResourceProperties('AWS::IoT::RoleAlias', { CredentialDurationSeconds: { Ref: 'Seconds' } });
  template.hasResourceProperties('AWS::IAM::Role', { MaxSessionDuration: 43_200 });
});

test.each<[DeviceRoleProps, string]>([
  [{ credentialDuration: Duration.seconds(899) }, "'credentialDuration' must be between 900 and 43200 seconds, got: 899"],
  [{ credentialDuration: Duration.seconds(43_201) }, "'credentialDuration' must be between 900 and 43200 seconds, got: 43201"],
  [{ roleAliasName: 'a b' }, "'roleAliasName' must have 1 to 128 letters, digits and any of _=,@-, got: 'a b'"],
  [{ roleAliasName: '' }, "'roleAliasName' must have 1 to 128 letters, digits and any of _=,@-, got: ''"],
])('refuses the properties %j', (props, message) => {
  expect(() => roleOf(props)).toThrow(new Error(message));
});

test('accepts a role alias name that is known only at deployment', () => {
  stackOf((stack) => new DeviceRole(stack, 'Camera', { roleAliasName: new CfnParameter(stack, 'Name').valueAsString }))
    .hasResourceProperties('AWS::IoT::RoleAlias', { RoleAlias: { Ref: 'Name' } });
});

describe('a role of the app', () => {
  const assumedBy = new iam.ServicePrincipal('credentials.iot.amazonaws.com');

  test('refuses a role whose sessions are known to be shorter than the credentials', () => {
    const build = (stack: Stack) => new DeviceRole(stack, 'Camera', {
      credentialDuration: Duration.hours(2), role: new iam.Role(stack, 'Role', { assumedBy }),
    });
    expect(() => stackOf(build)).toThrow("'credentialDuration' must be at most the 'maxSessionDuration' of 'role', got: 7200 seconds where 'MyStack/Role' has 3600; raise it there");
  });

  test('refuses a role of another account, because no policy can allow AWS IoT to use it', () => {
    const stack = new Stack(new App(), 'MyStack', { env: { account: '111122223333', region: 'eu-west-1' } });
    const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::444455556666:role/Cameras');
    expect(() => new DeviceRole(stack, 'Camera', { role })).toThrow(new Error(
      "'role' must be in the account of the stack, '111122223333', got: 'MyStack/Role' in '444455556666'; "
      + 'AWS IoT accepts only roles of the account that passes them: create a role there, and let the other account trust it if need be'));
  });

  test('accepts a role whose sessions are long enough or unknown', () => {
    const template = stackOf((stack) => {
      new DeviceRole(stack, 'A', { credentialDuration: Duration.hours(2), role: new iam.Role(stack, 'Role', { assumedBy, maxSessionDuration: Duration.hours(2) }) });
      new DeviceRole(stack, 'B', { credentialDuration: Duration.hours(2), role: iam.Role.fromRoleArn(stack, 'Foreign', 'arn:aws:iam::111122223333:role/Cameras') });
      const seconds = new CfnParameter(stack, 'Seconds', { type: 'Number' });
      const late = new iam.Role(stack, 'Late', { assumedBy });
      (late.node.defaultChild as iam.CfnRole).maxSessionDuration = seconds.valueAsNumber;
      new DeviceRole(stack, 'C', { role: late });
    });
    template.resourceCountIs('AWS::IAM::Role', 2);
    template.hasResourceProperties('AWS::IoT::RoleAlias', { RoleArn: 'arn:aws:iam::111122223333:role/Cameras' });
  });
});

describe('a role of the app that does not trust the credentials provider', () => {
  const WARNING = "'role' must trust 'credentials.iot.amazonaws.com', got: 'MyStack/Role', which does not: devices would get no credentials [ack: cdk-iot-streams:untrustingRole]";
  const warningsFor = (assumedBy: (stack: Stack) => iam.IPrincipal, change: (role: iam.Role) => void = () => undefined) => {
    const stack = new Stack(new App(), 'MyStack');
    const role = new iam.Role(stack, 'Role', { assumedBy: assumedBy(stack) });
    new DeviceRole(stack, 'Camera', { role });
    change(role);
    return Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ entry }) => entry.data);
  };

  test.each<[string, (stack: Stack) => iam.IPrincipal]>([
    ['another service', () => new iam.ServicePrincipal('iot.amazonaws.com')],
    ['an account', () => new iam.AccountRootPrincipal()],
    ['nobody', () => new iam.StarPrincipal()],
  ])('warns about a role that trusts only %s', (_what, assumedBy) => {
    expect(warningsFor(assumedBy)).toEqual([WARNING]);
  });

  test('does not warn about a role that trusts the provider among others, or a service that is known only at deployment', () => {
    const services = ['iot.amazonaws.com', 'credentials.iot.amazonaws.com'].map((service) => new iam.ServicePrincipal(service));
    expect(warningsFor(() => new iam.CompositePrincipal(...services))).toEqual([]);
    expect(warningsFor((stack) => new iam.ServicePrincipal(new CfnParameter(stack, 'Service').valueAsString))).toEqual([]);
    expect(warningsFor(() => services[0], (role) => {
      role.assumeRolePolicy!.addStatements(new iam.PolicyStatement({ actions: ['sts:AssumeRole'], principals: [services[1]] }));
    })).toEqual([]);
  });
});

test('the statements for devices allow exactly this role alias', () => {
  const template = stackOf((stack) => {
    const camera = new DeviceRole(stack, 'Camera', { roleAliasName: 'cameras' });
    new iot.CfnPolicy(stack, 'Policy', { policyDocument: new iam.PolicyDocument({ statements: camera.deviceStatements() }) });
  });
  template.hasResourceProperties('AWS::IoT::Policy', {
    PolicyDocument: {
      Statement: [{
        Action: 'iot:AssumeRoleWithCertificate', Effect: 'Allow', Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('CameraAlias'), 'RoleAliasArn'] },
      }],
    },
  });
});

test('grants of the CDK apply to the role', () => {
  const template = stackOf((stack) => new s3.Bucket(stack, 'Bucket').grantPut(new DeviceRole(stack, 'Camera')));
  template.hasResourceProperties('AWS::IAM::Policy', { Roles: [{ Ref: Match.stringLikeRegexp('CameraRole') }] });
});

test('grantOwnVideoStreams allows a device to send to the video streams with the name of its thing', () => {
  const template = stackOf((stack) => new DeviceRole(stack, 'Camera').grantOwnVideoStreams());
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: [{
        Action: ['kinesisvideo:DescribeStream', 'kinesisvideo:GetDataEndpoint', 'kinesisvideo:PutMedia'],
        Effect: 'Allow',
        Resource: {
          'Fn::Join': ['', [
            'arn:', { Ref: 'AWS::Partition' }, ':kinesisvideo:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' },
            ':stream/${credentials-iot:ThingName}/?????????????',
          ]],
        },
      }],
    },
  });
});
