import { fromUtf8, utf8 } from '#libs/essentials';
import { ObjectStoreError } from './object-store-error.js';
import type { ObjectStore } from './object-store.js';

const MARKER = 'installation';

/**
 * Says in the store whose it is, once; another installation's is refused, whose files the next sweep would destroy.
 * @throws ObjectStoreError OBJECT_STORE_OF_ANOTHER_INSTALLATION
 */
export async function claimFor(store: Pick<ObjectStore, 'get' | 'put'>, installation: string): Promise<void> {
  const found = await store.get(MARKER);
  if (found === undefined) await store.put(MARKER, utf8(installation), 'text/plain');
  else refuseOther(fromUtf8(found), installation);
}

/** The installation that a store belongs to; undefined before its keeper has opened it. */
export async function ownerOf(store: Pick<ObjectStore, 'get'>): Promise<string | undefined> {
  const found = await store.get(MARKER);
  return found && fromUtf8(found);
}

function refuseOther(owner: string, installation: string): void {
  if (owner === installation) return;
  throw new ObjectStoreError(
    'OBJECT_STORE_OF_ANOTHER_INSTALLATION',
    'the object store belongs to another installation',
    {
      facts: { owner: /^[\w-]{1,64}$/.test(owner) ? owner : 'unreadable', installation },
      nextStep: 'Give LACUNA_MODEL_STORE a prefix or bucket of its own: s3://BUCKET/ANOTHER-PREFIX.',
    },
  );
}
