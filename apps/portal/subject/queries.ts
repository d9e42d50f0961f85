import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import type {
  ConsentBody,
  ConsentView,
  FacetsView,
  MeView,
  Page,
  PreviewView,
  RecordsQuery,
  RecordView,
  RequestDetail,
  SubmitBody,
  SubmittedView,
} from '#libs/portal-contract';
import { api } from '../api/api.js';
import { queryClient } from '../api/query-client.js';
import { useLive } from '../api/use-live.js';

const ME = ['me'] as const;
const REQUESTS = [...ME, 'requests'] as const;
const requestKey = (requestId: string) => [...REQUESTS, requestId] as const;

/** Address of one request, whose routes a follower has as well. */
export function requestPath(requestId: string, rest = ''): string {
  return `/v1/me/requests/${encodeURIComponent(requestId)}${rest}`;
}

export function useMe() {
  return useQuery({ queryKey: [...ME, 'summary'], queryFn: () => api.get<MeView>('/v1/me') });
}

export function useFacets() {
  return useQuery({ queryKey: [...ME, 'facets'], queryFn: () => api.get<FacetsView>('/v1/me/facets') });
}

export function readRecords(query: RecordsQuery): Promise<Page<RecordView>> {
  return api.get<Page<RecordView>>('/v1/me/records', query);
}

/** One page of the history; the page before stays until it has come, so that nothing jumps. */
export function useRecords(query: RecordsQuery) {
  return useQuery({
    queryKey: [...ME, 'records', query],
    queryFn: () => readRecords(query),
    placeholderData: keepPreviousData,
  });
}

export function useRequests() {
  return useQuery({ queryKey: REQUESTS, queryFn: () => api.get<RequestDetail[]>('/v1/me/requests') });
}

/** One request, kept up to date as long as the page is open. */
export function useRequest(requestId: string) {
  const queryKey = requestKey(requestId);
  const query = useQuery({ queryKey, queryFn: () => api.get<RequestDetail>(requestPath(requestId)) });
  const live = useLive<RequestDetail>(
    query.isSuccess ? requestPath(requestId, '/events') : undefined,
    queryKey,
  );
  return { query, live };
}

export function usePreview(body: SubmitBody) {
  return useQuery({
    queryKey: [...ME, 'preview', body],
    queryFn: () => api.post<PreviewView>('/v1/me/preview', body),
    staleTime: 0,
  });
}

export function useSubmit() {
  return useMutation({
    mutationFn: (body: SubmitBody) => api.post<SubmittedView>('/v1/me/requests', body),
    onSuccess: readAnew,
  });
}

export function useSetConsent() {
  return useMutation({
    mutationFn: ({ purpose, ...body }: ConsentBody & { readonly purpose: string }) =>
      api.put<ConsentView>(`/v1/me/consents/${encodeURIComponent(purpose)}`, body),
    onSuccess: readAnew,
  });
}

export function useCancel(requestId: string) {
  return useMutation({
    mutationFn: () => api.post<RequestDetail>(requestPath(requestId, '/cancel')),
    onSuccess: (request) => {
      queryClient.setQueryData(requestKey(requestId), request);
      return readAnew();
    },
  });
}

function readAnew(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: ME });
}
