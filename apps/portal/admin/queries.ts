import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import type { Page, StaffActionView, StaffRole, StaffView } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { queryClient } from '../api/query-client.js';

const STAFF = ['staff'] as const;

export interface InvitedStaff {
  readonly staff: StaffView;
  readonly setUpLink: string;
}
export interface StaffChange {
  readonly roles?: readonly StaffRole[];
  readonly disabled?: boolean;
}

export function useStaff(page: number) {
  return useQuery({
    queryKey: [...STAFF, page],
    queryFn: () => api.get<Page<StaffView>>('/v1/staff', { page, size: 25 }),
    placeholderData: keepPreviousData,
  });
}

export function useInvite() {
  return useMutation({
    mutationFn: (body: { readonly name: string; readonly roles: readonly StaffRole[] }) =>
      api.post<InvitedStaff>('/v1/staff', body),
    onSuccess: readAnew,
  });
}

export function useChangeStaff() {
  return useMutation({
    mutationFn: ({ staffId, change }: { readonly staffId: string; readonly change: StaffChange }) =>
      api.patch<StaffView>(`/v1/staff/${encodeURIComponent(staffId)}`, change),
    onSuccess: readAnew,
  });
}

export function useStaffActions(page: number) {
  return useQuery({
    queryKey: [...STAFF, 'actions', page],
    queryFn: () => api.get<Page<StaffActionView>>('/v1/staff/audit', { page, size: 50 }),
    placeholderData: keepPreviousData,
  });
}

function readAnew(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: STAFF });
}
