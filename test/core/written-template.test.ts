import { WrittenTemplate } from '../../src/core/written-template';

test('a resource that is rendered without properties has none', () => {
  const template = new WrittenTemplate({ Bucket: { Type: 'AWS::S3::Bucket' }, Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'reader' } } });

  expect(template.propertiesOf('AWS::S3::Bucket')).toEqual([{}]);
  expect(template.propertiesOf('AWS::IAM::Role')).toEqual([{ RoleName: 'reader' }]);
});
