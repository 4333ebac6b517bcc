interface ResultInfo {
  page: number;
  per_page: number;
  count: number;
  total_count: number;
  total_pages: number;
}

export interface Envelope {
  success: true;
  errors: [];
  messages: [];
  result: unknown;
  result_info?: ResultInfo;
}

export function single(result: object): Envelope {
  return { success: true, errors: [], messages: [], result };
}

/** Lists without page parameters also have a result_info [spec]; its numbers here are [unverified]. */
export function wholeList(result: readonly object[]): Envelope {
  return pageOf(result, { page: 1, perPage: 1_000 });
}

export function pageOf(all: readonly object[], at: { page: number; perPage: number }): Envelope {
  const result = all.slice((at.page - 1) * at.perPage, at.page * at.perPage);
  return {
    success: true,
    errors: [],
    messages: [],
    result,
    result_info: {
      page: at.page,
      per_page: at.perPage,
      count: result.length,
      total_count: all.length,
      total_pages: Math.ceil(all.length / at.perPage),
    },
  };
}
