import type { FileProperties, StreamProperties } from './contract';
import { sha256Of } from '../../core/digest';
import { longest } from '../../core/longest';

/*
 * Problems that only the written properties of a stream show, with everything that overrides, aspects and tokens made of them.
 */

/** What users may change by an override; everything else is tied to roles, policies and the storage location. */
const OVERRIDABLE = ['Description', 'Files', 'ServiceTimeout', 'Tags'];
/** What users may not change of a file: the policy of the management role says the same. */
const SIGNING = ['SigningKeyArn', 'SigningAlgorithm'] as const;

/** What of the declared properties no override may change. */
export function fixedProperties({ Files: files, ...others }: StreamProperties): Record<string, unknown> {
  const signing = (file: FileProperties) => Object.fromEntries(SIGNING.map((name) => [name, file[name]]));
  return {
    ...Object.fromEntries(Object.entries(others).filter(([name]) => !OVERRIDABLE.includes(name))),
    Files: Object.fromEntries(Object.entries(files).map(([fileId, file]) => [fileId, signing(file)])),
  };
}

/** Says which properties an override has changed that must stay as the construct declares them: the resolved `fixedProperties`. */
export function overrideProblems(path: string, rendered: any, { Files: files, ...others }: any): string[] {
  return [
    ...fixedProblems(path, rendered, others),
    ...['Description', 'Files'].filter((name) => !rendered[name]).map((name) =>
      `property '${name}' of '${path}' must not be deleted, got: ${JSON.stringify(rendered[name])}; set '${name.toLowerCase()}' of the construct`),
    ...Object.entries<any>(rendered.Files ?? {}).flatMap(([fileId, file]) => SIGNING
      .filter((name) => Object(file) === file && JSON.stringify(file[name]) !== JSON.stringify(files[fileId]?.[name]))
      .map((name) => `property 'Files.${fileId}.${name}' of '${path}' must not be overridden or deleted, got: ${JSON.stringify(file[name])}; `
        + 'the management role may sign as \'signing\' of the file says: change that')),
    ...Object.entries(rendered.Files ?? {}).filter(([, file]) => Object(file) !== file).map(([fileId, file]) =>
      `property 'Files.${fileId}' of '${path}' must be an object, got: ${JSON.stringify(file)}; override one of its properties, such as 'Files.${fileId}.Text'`),
    ...listProblems(path, rendered),
  ];
}

/** The handler takes texts, and a map of tags where other resources have a list. An object may be a token. */
function listProblems(path: string, { Description: description, Files: files = {}, Tags: tags = {} }: any): string[] {
  if (typeof tags !== 'object' || Array.isArray(tags)) {
    return [`property 'Tags' of '${path}' must be a map of keys to values, got: ${JSON.stringify(tags)}; override one tag, such as 'Tags.team', or use Tags.of()`];
  }
  const within = (name: string, map: unknown) => Object.entries(Object(map)).map(([key, value]): [string, unknown] => [`${name}.${key}`, value]);
  const values = [['Description', description], ...within('Tags', tags), ...within('Files', files).flatMap(([name, file]) => within(name, file))];
  return values.filter(([, value]) => Array.isArray(value)).map(([name, value]) =>
    `property '${name}' of '${path}' must be a string, got: ${JSON.stringify(value)}; override it with a text`);
}

/** As `overrideProblems`, of a resource that takes no override of any declared property. */
export function fixedProblems(path: string, rendered: any, declared: any): string[] {
  return Object.keys(declared).filter((name) => JSON.stringify(rendered[name]) !== JSON.stringify(declared[name]))
    .map((name) => `property '${name}' of '${path}' must not be overridden or deleted, got: ${JSON.stringify(rendered[name])}; `
      + 'roles and policies are made for the value that the properties of the construct give: change those');
}

/** The handler refuses a text that is not the declared one. */
export function textProblems(rendered: any): string[] {
  return Object.entries<any>(rendered.Files)
    .filter(([, { Sha256, Text: text }]) => Sha256 !== undefined && typeof text === 'string' && sha256Of(text) !== Sha256)
    .map(([fileId]) => `text of file ${fileId} of stream '${rendered.StreamId}' must have the SHA-256 of 'Files.${fileId}.Sha256', got: another text by an override; `
      + 'change the text in \'files\', or delete \'Sha256\' and \'Size\' by overrides as well');
}

/** CloudFormation resolves these for its own resources alone: a device would receive the reference itself. */
export function secretProblems(rendered: any): string[] {
  const { Files: files, ...others } = rendered;
  const values: [string, unknown][] = [
    ...Object.entries(others).map(([name, value]): [string, unknown] => [`property '${name}'`, value]),
    ...Object.entries<any>(files).map(([fileId, file]): [string, unknown] => [`file '${file.FileName ?? fileId}'`, file]),
  ];
  return values.flatMap(([subject, value]) => {
    const [, service] = /\{\{resolve:(secretsmanager|ssm-secure):/.exec(JSON.stringify(longest(value))) ?? [];
    return service ? [`${subject} of stream '${rendered.StreamId}' must not refer to a secret, got: a reference to '${service}'; devices receive what a stream holds, `
      + 'and CloudFormation does not resolve such references for custom resources: let the device read the secret itself'] : [];
  });
}
