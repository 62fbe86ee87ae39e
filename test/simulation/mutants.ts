import type { Edit } from './source';

/** A bug that somebody could make, by the part of the product where it is planted. */
export interface Mutant {
  readonly name: string;
  readonly part: 'protocol' | 'stream resource' | 'objects resource' | 'plan' | 'signatures' | 'template';
  readonly edits: readonly Edit[];
}

const edit = (file: string, search: string, replace: string): Edit => ({ file, search, replace });

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'no answer before the deadline',
    part: 'protocol',
    edits: [edit('lambda/core/custom-resource.ts', "setTimeout(() => resolve('late'), deadline - Date.now())", "setTimeout(() => resolve('late'), 2 ** 31 - 1)")],
  },
  {
    name: 'the answer is sent once, even if it is lost',
    part: 'protocol',
    edits: [edit('lambda/core/custom-resource.ts', 'const ATTEMPTS = 6;', 'const ATTEMPTS = 1;')],
  },
  {
    name: 'a refused answer counts as sent',
    part: 'protocol',
    edits: [edit('lambda/core/custom-resource.ts', 'return result.ok ? undefined : `status ${result.status}`;', 'return undefined;')],
  },
  {
    name: 'every answer has a physical id of its own',
    part: 'protocol',
    edits: [edit('lambda/core/response.ts', "PhysicalResourceId: 'PhysicalResourceId' in event ? event.PhysicalResourceId : newId",
      'PhysicalResourceId: `${newId}-${event.RequestId}`')],
  },
  {
    name: 'a reason of any length',
    part: 'protocol',
    edits: [edit('lambda/core/custom-resource.ts', 'return response(`${cut(reason, room)}${hint}`);', 'return response(room ? `${reason}${hint}` : cut(reason, room));')],
  },
  {
    name: 'the address of the answer is logged',
    part: 'protocol',
    edits: [edit('lambda/core/custom-resource.ts', 'attempt, status: response.Status, problem };', 'attempt, status: response.Status, problem: url };')],
  },
  {
    name: 'silent adoption',
    part: 'stream resource',
    edits: [edit('lambda/iot-file-stream/stream-resource.ts', 'if (live && !isOwned(live.tags, owner)) throw new Error(refusal(live));', ''),
      edit('lambda/iot-file-stream/stream-resource.ts', 'const owned = existing.filter(({ tags }) => isOwned(tags, owner));', 'const owned = existing;')],
  },
  {
    name: 'every update increases the version',
    part: 'stream resource',
    edits: [edit('lambda/iot-file-stream/stream-resource.ts', 'return differs(live, desired, pinned) ? streams.update(desired, pinned) : live;', 'return streams.update(desired, pinned);')],
  },
  {
    name: 'an update answers the version before it',
    part: 'stream resource',
    edits: [edit('lambda/iot-file-stream/stream-resource.ts', 'if (live) return differs(live, desired, pinned) ? streams.update(desired, pinned) : live;',
      'if (live) { if (differs(live, desired, pinned)) await streams.update(desired, pinned); return live; }')],
  },
  {
    name: 'a Delete removes a stream of somebody else',
    part: 'stream resource',
    edits: [edit('lambda/iot-file-stream/generations.ts', 'if (isOwned(live.tags, owner)) await removeStream', "if (owner.stackId !== '') await removeStream")],
  },
  {
    name: 'a Create that fails half-way leaves an orphan: the owner is written after the stream',
    part: 'stream resource',
    edits: [edit('lambda/iot-file-stream/stream-resource.ts', 'return await streams.create(desired, pinned, tags);',
      'const made = await streams.create(desired, pinned, {}); await streams.tag(made.streamArn, { set: tags, remove: [] }); return made;')],
  },
  {
    name: 'a failed update deletes what it wrote',
    part: 'stream resource',
    edits: [edit('lambda/iot-file-stream/stream-resource.ts', 'await createOrUpdate(change, desired, live, pinned, streams);',
      `await createOrUpdate(change, desired, live, pinned, streams).catch(async (error: unknown) => {
        await Promise.all(pinned.map((file) => objects.remove(file)));
        throw error;
      });`)],
  },
  {
    name: 'old tags stay',
    part: 'plan',
    edits: [edit('lambda/iot-file-stream/ownership.ts', 'earlier?.includes(fingerprint(key))', 'false')],
  },
  {
    name: 'a retried forward update after a rollback: no event is remembered',
    part: 'stream resource',
    edits: [edit('lambda/iot-file-stream/stream-resource.ts', 'isStaleEvent(stream, request)', "isStaleEvent(stream, { ...request, requestId: '-', expiry: undefined })")],
  },
  {
    name: 'an older event is carried out after a newer one',
    part: 'plan',
    edits: [edit('lambda/iot-file-stream/ownership.ts', ': isOlder(expiry, seen.expiry)', ': false')],
  },
  {
    name: 'the time of the newest event is forgotten with the next',
    part: 'plan',
    edits: [edit('lambda/iot-file-stream/ownership.ts', '[...memories, { expiry }]', '[{ expiry }]')],
  },
  {
    name: 'a Delete leaves no trace for a late Create',
    part: 'stream resource',
    edits: [edit('lambda/iot-file-stream/stream-resource.ts', 'if (storage) await recordDeletion(storage.location, storage.stored, expiry, objects);', '')],
  },
  {
    name: 'a stream that was there and is gone is created again',
    part: 'stream resource',
    edits: [edit('lambda/iot-file-stream/stream-resource.ts', 'if (gone !== undefined) throw', 'if (gone === requestId) throw')],
  },
  {
    name: 'a duplicate of a Delete removes what the next Create has made',
    part: 'stream resource',
    edits: [edit('lambda/iot-file-stream/stream-resource.ts', 'isOwned(live.tags, owner) && isStaleEvent(live, request)', 'isOwned(live.tags, owner) && live.streamId === properties.Prefix')],
  },
  {
    name: 'a Delete acts whatever the physical id',
    part: 'protocol',
    edits: [edit('lambda/core/router.ts', 'event.PhysicalResourceId !== type.physicalId(event)', "event.PhysicalResourceId === ''")],
  },
  {
    name: 'a failed Create answers the id of a successful one',
    part: 'protocol',
    edits: [edit('lambda/core/custom-resource.ts', '{ response: failure(event, messageOf(error), context), late: false }',
      "{ response: { ...failure(event, messageOf(error), context), PhysicalResourceId: 'PhysicalResourceId' in event ? event.PhysicalResourceId : options.physicalId(event) }, late: false }")],
  },
  {
    name: 'the id of a generation is that of its content',
    part: 'plan',
    edits: [edit('lambda/iot-file-stream/model.ts', 'digest(JSON.stringify([content, requestId]))', 'digest(JSON.stringify([content, requestId.slice(requestId.length)]))')],
  },
  {
    name: 'a generation is updated',
    part: 'plan',
    edits: [edit('lambda/iot-file-stream/generations.ts', ' && areStored(live.files, stored);', ' && stored.length >= 0;'),
      edit('lambda/iot-file-stream/stream-resource.ts', 'if (!created.isNewStream || !differs(served.live, served.desired, present.pinned)) return', 'return')],
  },
  {
    name: 'generations are deleted although nothing has changed that devices receive',
    part: 'plan',
    edits: [edit('lambda/iot-file-stream/generations.ts', 'return isChanged ? ', 'return isChanged || ours.length > 1 ? ')],
  },
  {
    name: 'generations are superseded although nothing has changed that devices receive',
    part: 'plan',
    edits: [edit('lambda/iot-file-stream/generations.ts', 'desired.content !== old.content || desired.isNewStream !== old.isNewStream', 'desired.streamId.length > 0')],
  },
  {
    name: 'generations of earlier contents stay',
    part: 'plan',
    edits: [edit('lambda/iot-file-stream/generations.ts', 'return isChanged ? others : others.filter(', 'return others.slice(0, 0).filter(')],
  },
  {
    name: 'a repeated update deletes no generation',
    part: 'plan',
    edits: [edit('lambda/iot-file-stream/generations.ts', 'return isChanged ? others : others.filter(', 'return isChanged ? others : others.slice(0, 0).filter(')],
  },
  {
    name: 'a listing that a second delivery has made stale is believed',
    part: 'stream resource',
    edits: [edit('lambda/iot-file-stream/stream-resource.ts', 'stored: isStale ? await list() : listed', 'stored: isStale ? listed : listed')],
  },
  {
    name: 'a bucket whose versioning is not known yet is refused',
    part: 'objects resource',
    edits: [edit('lambda/iot-file-stream/objects.ts', 'if (status === undefined) throw new TransientFailure(unversioned(bucket));\n', '')],
  },
  {
    name: 'what was written without versioning is pinned',
    part: 'objects resource',
    edits: [edit('lambda/iot-file-stream/objects.ts', 'if (version === undefined) throw new TransientFailure(unversioned(bucket));', 'if (version === undefined) return { version: UNVERSIONED, size: file.size! };')],
  },
  {
    name: 'a version that S3 does not find yet fails the deployment',
    part: 'objects resource',
    edits: [edit('lambda/iot-file-stream/objects.ts', 'if (!(error instanceof CallFailed) || !INVISIBLE.includes(error.code)) throw error;', "if (!(error instanceof CallFailed) || error.code !== '') throw error;")],
  },
  {
    name: 'a status 403 without a name is final',
    part: 'protocol',
    edits: [edit('lambda/core/call.ts', '/^(\\d{3}|Unknown(Error)?)$/', '/^\\d{3}$/')],
  },
  {
    name: 'a denial is final',
    part: 'protocol',
    edits: [edit('lambda/core/error-advice.ts', '[...DENIED, ...SERVER_ERRORS,', '[...SERVER_ERRORS,')],
  },
  {
    name: 'a copy of content that nobody knows comes from its source again',
    part: 'objects resource',
    edits: [edit('lambda/iot-file-stream/objects.ts', 'file.sha256 === undefined ? present : []', 'file.key === undefined ? present : []')],
  },
  {
    name: 'a stream of the whole stack is stranded in every storage location',
    part: 'objects resource',
    edits: [edit('lambda/iot-file-stream/objects-resource.ts', 'files.some((file) => isIn(location, file))', "files.length > 0 && location.prefix !== ''")],
  },
  {
    name: 'objects are left in the storage location',
    part: 'objects resource',
    edits: [edit('lambda/iot-file-stream/objects-resource.ts', 'await removeAll(location, stored, objects);', '')],
  },
  {
    name: 'delete markers are left in the storage location',
    part: 'objects resource',
    edits: [edit('lambda/iot-file-stream/objects-resource.ts', 'await removeAll(location, stored, objects);',
      'await removeAll(location, stored.filter((version) => !version.isDeleteMarker), objects);')],
  },
  {
    name: 'objects are deleted before the streams that stayed in their storage location',
    part: 'objects resource',
    edits: [edit('lambda/iot-file-stream/objects-resource.ts', 'await Promise.all(stranded.map((live) => removeStream(live, streams)));', '')],
  },
  {
    name: 'objects of others below the prefix are deleted',
    part: 'objects resource',
    edits: [edit('lambda/iot-file-stream/objects.ts', 'await Promise.all(versions.filter(({ key }) => generationOf(location, key) !== undefined).map(', 'await Promise.all(versions.map(')],
  },
  {
    name: 'the newest version of an object is used, whoever wrote it',
    part: 'objects resource',
    edits: [edit('lambda/iot-file-stream/objects.ts', '!version.isDeleteMarker)).reverse();', '!version.isDeleteMarker));')],
  },
  {
    name: 'identical files are copied twice',
    part: 'objects resource',
    edits: [edit('lambda/iot-file-stream/objects.ts', 'if (!pins.has(file.key)) pins.set(file.key, pin(', 'pins.set(String(file.fileId), pin('),
      edit('lambda/iot-file-stream/objects.ts', 'pins.get(key)', 'pins.get(String(fileId))')],
  },
  {
    name: 'another description is no difference',
    part: 'plan',
    edits: [edit('lambda/iot-file-stream/difference.ts', 'return live.description !== desired.description\n    || ', 'return ')],
  },
  {
    name: 'a stream of another resource of the stack is taken for the resource\'s own',
    part: 'plan',
    edits: [edit('lambda/iot-file-stream/ownership.ts', ' && tags[RESOURCE_TAG] === owner.logicalId', '')],
  },
  {
    name: 'only the last event is remembered',
    part: 'plan',
    edits: [edit('lambda/iot-file-stream/ownership.ts', '.slice(-REMEMBERED_REQUESTS)', '.slice(-1)')],
  },
  {
    name: 'what a rollback would need is not kept',
    part: 'stream resource',
    edits: [edit('lambda/iot-file-stream/stream-resource.ts', '[...keysOf(desired, desired), ...keysOf(kept?.desired ?? old, desired), ...keysOfStreams]', 'keysOf(desired, desired)')],
  },
  {
    name: 'a kept signature is used although it is of other bytes',
    part: 'signatures',
    edits: [edit('lambda/iot-file-stream/signatures.ts', "if (Sha256 === sha256 && typeof Signature === 'string') return Signature;",
      "if (Sha256 !== undefined && sha256 !== '') return Signature;")],
  },
  {
    name: 'every event signs again',
    part: 'signatures',
    edits: [edit('lambda/iot-file-stream/signatures.ts', 'if (kept !== undefined) return kept;', '')],
  },
  {
    name: 'a new generation signs again',
    part: 'signatures',
    edits: [edit('lambda/iot-file-stream/signatures.ts', 'await firstOf(others, sha256, objects) ?? ', 'await firstOf(others.slice(others.length), sha256, objects) ?? ')],
  },
  {
    name: 'a signature is kept by content, whatever the key',
    part: 'signatures',
    edits: [edit('lambda/iot-file-stream/model.ts', 'digest(JSON.stringify([content, signing.keyArn, signing.algorithm]))', 'digest(JSON.stringify([content, signing.algorithm]))')],
  },
  {
    name: 'the signatures of the old properties are deleted by the next update',
    part: 'signatures',
    edits: [edit('lambda/iot-file-stream/model.ts', 'flatMap((file) => [file.key, signatureKey(file)])', 'flatMap((file) => [file.key, isSameLocation(stream, location) ? undefined : signatureKey(file)])')],
  },
  {
    name: 'another key is another content',
    part: 'signatures',
    edits: [edit('lambda/iot-file-stream/model.ts', 'files.map(({ fileId, name }) => [fileId, name])', 'files.map(({ fileId, name, signing }) => [fileId, name, signing])')],
  },
  {
    name: 'a file is signed after the stream has changed',
    part: 'signatures',
    edits: [edit('lambda/iot-file-stream/stream-resource.ts', 'services.objects, learn);', 'services.objects);'),
      edit('lambda/iot-file-stream/stream-resource.ts', 'signatures: await signaturesOf(pinned)', 'signatures: new Map<number, string>() as Signatures'),
      edit('lambda/iot-file-stream/stream-resource.ts', 'const revision = await createOrUpdate(change, desired, live, pinned, streams);',
        `const revision = await createOrUpdate(change, desired, live, pinned, streams);
        for (const [id, each] of await signing(desired, stored, services).signaturesOf(pinned)) (signatures as Map<number, string>).set(id, each);`)],
  },
  {
    name: 'a job of other signatures has the id of the one before',
    part: 'signatures',
    edits: [edit('lambda/iot-file-stream/signatures.ts', 'JSON.stringify([streamVersion, [...signatures]])', 'JSON.stringify([streamVersion, signatures.size])')],
  },
  {
    name: 'kept signatures are left in the storage location',
    part: 'signatures',
    edits: [edit('lambda/iot-file-stream/objects-resource.ts', 'await removeAll(location, stored, objects);',
      'await removeAll(location, stored.filter(({ size }) => size < 100), objects);')],
  },
  {
    name: 'no waiting for a key that was made a moment ago',
    part: 'signatures',
    edits: [edit('lambda/iot-file-stream/kms-errors.ts', "const NOT_READY = ['NotFoundException', ", 'const NOT_READY = [')],
  },
  {
    name: 'no permission to sign',
    part: 'template',
    edits: [edit('src/iot-file-stream/private/stream-storage.ts', "return allow(['kms:Sign'], [...arns]", "return allow(['kms:Verify'], [...arns]")],
  },
  {
    name: 'permissions are removed before clean-up: the roles of a storage location are changed in place',
    part: 'template',
    edits: [edit('src/iot-file-stream/private/stream-storage.ts', 'return new StreamStorage(scope, `Storage${name}`, name, bucket, props);', "return new StreamStorage(scope, 'Storage', name, bucket, props);")],
  },
  {
    name: 'noncurrent versions expire',
    part: 'template',
    edits: [edit('src/iot-file-stream/private/stream-storage.ts', 'enforceSSL: true,', 'enforceSSL: true,\n    lifecycleRules: [{ noncurrentVersionExpiration: Duration.days(1) }],'),
      edit('src/iot-file-stream/private/stream-storage.ts', 'CustomResource, Fn,', 'CustomResource, Duration, Fn,')],
  },
];
