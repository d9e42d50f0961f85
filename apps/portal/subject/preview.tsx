import type { RequestKindView, ScopeBody } from '#libs/portal-contract';
import { Effects } from '../requests/effects.js';
import { Loaded } from '../ui/loaded.js';
import { usePreview } from './queries.js';

/** What a request would do, before anything is done. */
export function Preview({ kind, scope }: { readonly kind: RequestKindView; readonly scope?: ScopeBody }) {
  const preview = usePreview({ kind, scope });
  return <Loaded query={preview}>{(data) => <Effects preview={data} />}</Loaded>;
}
