import { useQueries, type UseQueryResult } from '@tanstack/react-query';

/** The pages of a long list that are in view, by page number; each is asked for once. */
export function usePages<T>(
  key: readonly unknown[],
  pages: number[],
  isEnabled: boolean,
  fetchPage: (offset: number, limit: number) => Promise<T>,
): Map<number, UseQueryResult<T>> {
  const results = useQueries({
    queries: pages.map((page) => ({
      queryKey: [...key, page],
      queryFn: () => fetchPage(page * PAGE, PAGE),
      enabled: isEnabled,
      staleTime: Infinity,
      retry: false,
    })),
  });
  return new Map(pages.map((page, at) => [page, results[at] as UseQueryResult<T>]));
}

export const PAGE = 100;

export function pagesOf(first: number, last: number): number[] {
  const found = [];
  for (let page = Math.floor(first / PAGE); page <= Math.floor(Math.max(last, first) / PAGE); page += 1)
    found.push(page);
  return found;
}
