import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import type {
  ApproveBody,
  BulkBody,
  BulkView,
  CreatedRecipient,
  CreateRecipientBody,
  DashboardView,
  DeliveryView,
  ExtendBody,
  FulfilBody,
  HoldView,
  LetterName,
  LetterView,
  Page,
  PlaceHoldBody,
  PreviewView,
  QueuePage,
  QueueQuery,
  RecipientView,
  RefuseBody,
  RegisterView,
  RequestDetail,
} from '#libs/portal-contract';
import { api } from '../api/api.js';
import { queryClient } from '../api/query-client.js';
import { useLive } from '../api/use-live.js';
import { daysOf, type RegisterSpan } from './register-span.js';

const REQUESTS = ['requests'] as const;
const HOLDS = ['holds'] as const;
const RECIPIENTS = ['recipients'] as const;
const requestKey = (requestId: string) => [...REQUESTS, 'one', requestId] as const;
const pathOf = (requestId: string, rest = ''): string =>
  `/v1/requests/${encodeURIComponent(requestId)}${rest}`;

/** What each action sends along. */
export interface ActionBodies {
  readonly approve: ApproveBody;
  readonly refuse: RefuseBody;
  readonly extend: ExtendBody;
  readonly 'doubt-identity': object;
  readonly 'identity-settled': object;
  readonly fulfil: FulfilBody;
  readonly cancel: object;
}
export type Action = keyof ActionBodies;

/** One page of the queue; the page before stays until it has come. */
export function useQueue(query: QueueQuery) {
  return useQuery({
    queryKey: [...REQUESTS, 'queue', query],
    queryFn: () => api.get<QueuePage>('/v1/requests', query),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });
}

/** One request, kept up to date as long as the page is open. */
export function useStaffRequest(requestId: string) {
  const queryKey = requestKey(requestId);
  const query = useQuery({ queryKey, queryFn: () => api.get<RequestDetail>(pathOf(requestId)) });
  const live = useLive<RequestDetail>(query.isSuccess ? pathOf(requestId, '/events') : undefined, queryKey);
  return { query, live };
}

export function useStaffPreview(requestId: string) {
  return useQuery({
    queryKey: [...requestKey(requestId), 'preview'],
    queryFn: () => api.get<PreviewView>(pathOf(requestId, '/preview')),
    staleTime: 0,
  });
}

export function useAct<Name extends Action>(requestId: string, action: Name) {
  return useMutation({
    mutationFn: (body: ActionBodies[Name]) => api.post<RequestDetail>(pathOf(requestId, `/${action}`), body),
    onSuccess: (request) => {
      queryClient.setQueryData(requestKey(requestId), request);
      return readAnew(REQUESTS);
    },
  });
}

/** What a bulk action would do to each, and doing it. */
export function useBulk(step: 'preview' | 'run') {
  return useMutation({
    mutationFn: (body: BulkBody) =>
      api.post<BulkView>(step === 'preview' ? '/v1/requests/bulk/preview' : '/v1/requests/bulk', body),
    onSuccess: () => (step === 'run' ? readAnew(REQUESTS) : undefined),
  });
}

export function useLetter(requestId: string, letter: LetterName, locale: 'en' | 'de') {
  const path = pathOf(requestId, `/letters/${letter}`);
  return useQuery({
    queryKey: [...requestKey(requestId), 'letter', letter, locale],
    queryFn: () => api.get<LetterView>(path, { locale }),
  });
}

export function useSendLetter(requestId: string, letter: LetterName, locale: 'en' | 'de') {
  return useMutation({
    mutationFn: () => api.post<LetterView>(`${pathOf(requestId, `/letters/${letter}`)}?locale=${locale}`),
    onSuccess: () => readAnew(requestKey(requestId)),
  });
}

export function useDashboard() {
  return useQuery({
    queryKey: [...REQUESTS, 'dashboard'],
    queryFn: () => api.get<DashboardView>('/v1/dashboard'),
  });
}

export function useRegister(span: RegisterSpan) {
  return useQuery({
    queryKey: [...REQUESTS, 'register', span],
    queryFn: () => api.get<RegisterView>('/v1/register', daysOf(span)),
    placeholderData: keepPreviousData,
  });
}

export function readRegisterFile(span: RegisterSpan) {
  const asked = new URLSearchParams({ ...daysOf(span), format: 'csv' });
  return api.file(`/v1/register?${asked.toString()}`, 'text/csv');
}

export function useHolds() {
  return useQuery({ queryKey: HOLDS, queryFn: () => api.get<HoldView[]>('/v1/holds') });
}

export function usePlaceHold() {
  return useMutation({
    mutationFn: (body: PlaceHoldBody) => api.post<HoldView>('/v1/holds', body),
    onSuccess: holdsChanged,
  });
}

export function useReleaseHold() {
  return useMutation({
    mutationFn: (holdId: string) => api.post<HoldView>(`/v1/holds/${encodeURIComponent(holdId)}/release`),
    onSuccess: holdsChanged,
  });
}

export function useRecipients() {
  return useQuery({ queryKey: RECIPIENTS, queryFn: () => api.get<RecipientView[]>('/v1/recipients') });
}

export function useDeliveries(page: number) {
  return useQuery({
    queryKey: [...RECIPIENTS, 'deliveries', page],
    queryFn: () => api.get<Page<DeliveryView>>('/v1/recipients/deliveries', { page, size: 25 }),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });
}

export function useAddRecipient() {
  return useMutation({
    mutationFn: (body: CreateRecipientBody) => api.post<CreatedRecipient>('/v1/recipients', body),
    onSuccess: () => readAnew(RECIPIENTS),
  });
}

export function useRemoveRecipient() {
  return useMutation({
    mutationFn: (recipientId: string) => api.delete(`/v1/recipients/${encodeURIComponent(recipientId)}`),
    onSuccess: () => readAnew(RECIPIENTS),
  });
}

async function holdsChanged(): Promise<void> {
  await Promise.all([readAnew(HOLDS), readAnew(REQUESTS)]);
}

function readAnew(queryKey: readonly unknown[]): Promise<void> {
  return queryClient.invalidateQueries({ queryKey });
}
