/** The HTTP statuses of failure that the fake can answer with. */
export type FailureStatus = '400' | '403' | '404' | '429' | '500' | '503' | '504';

/** An error of a Google API as JSON: `google.rpc.Status` in the form of `google.api.HttpBody` services. */
export interface GeminiErrorBody {
  readonly error: {
    readonly code: number;
    readonly message: string;
    readonly status: string;
    readonly details?: readonly GeminiErrorDetail[];
  };
}

export type GeminiErrorDetail =
  | {
      readonly '@type': 'type.googleapis.com/google.rpc.Help';
      readonly links: readonly { readonly description: string; readonly url: string }[];
    }
  | {
      readonly '@type': 'type.googleapis.com/google.rpc.QuotaFailure';
      readonly violations: readonly {
        readonly quotaMetric: string;
        readonly quotaId: string;
        readonly quotaDimensions: { readonly location: string; readonly model: string };
        readonly quotaValue: string;
      }[];
    }
  | { readonly '@type': 'type.googleapis.com/google.rpc.RetryInfo'; readonly retryDelay: string };

/** Seconds with at most nine decimals and an `s`, as protocol buffers write a duration in JSON: `'53s'`. */
export type ProtobufDuration = `${number}s`;

function body(code: number, status: string, message: string): GeminiErrorBody {
  return { error: { code, message, status } };
}

/** 400: the request is wrong; sending it again will not help. */
export function invalidArgument(message: string): GeminiErrorBody {
  return body(400, 'INVALID_ARGUMENT', message);
}

/** 403: no API key came in `x-goog-api-key`. */
export function missingKey(): GeminiErrorBody {
  return body(
    403,
    'PERMISSION_DENIED',
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
  );
}

/** 403: cached content that is missing or expired; the fake keeps none, so every name of one is. */
export function missingCachedContent(): GeminiErrorBody {
  return body(403, 'PERMISSION_DENIED', 'CachedContent not found (or permission denied)');
}

/** 403: the key may not do this. */
export function permissionDenied(): GeminiErrorBody {
  return body(403, 'PERMISSION_DENIED', 'The caller does not have permission');
}

/** 404: there is no such model. The fake has every model, so this one comes by script only. */
export function modelNotFound(model: string): GeminiErrorBody {
  return body(404, 'NOT_FOUND', `models/${model} is not found, or is not supported for this method.`);
}

/** 404: the path names no method that the fake speaks. */
export function notFound(): GeminiErrorBody {
  return body(
    404,
    'NOT_FOUND',
    'The requested URL was not found on this server. This fake speaks POST /v1|v1beta/models/{model}:generateContent, :streamGenerateContent and :countTokens.',
  );
}

/** The quotas that Gemini keeps for each project and model. */
export type QuotaName = 'requestsPerMinute' | 'inputTokensPerMinute' | 'requestsPerDay';

/** What Google calls them. */
const quotaNames: Readonly<Record<QuotaName, { readonly metric: string; readonly id: string }>> = {
  requestsPerMinute: {
    metric: 'generate_requests_per_model',
    id: 'GenerateRequestsPerMinutePerProjectPerModel',
  },
  inputTokensPerMinute: {
    metric: 'generate_content_paid_tier_input_token_count',
    id: 'GenerateContentPaidTierInputTokensPerModelPerMinute',
  },
  requestsPerDay: {
    metric: 'generate_requests_per_model_per_day',
    id: 'GenerateRequestsPerDayPerProjectPerModel',
  },
};

export interface QuotaExceeded {
  readonly model: string;
  readonly retryDelay: ProtobufDuration;
  readonly quota: QuotaName;
  /** The quota itself. */
  readonly quotaValue: number;
}

/** 429: one of the project's quotas for this model is used up. */
export function quotaExceeded({ model, retryDelay, quota, quotaValue }: QuotaExceeded): GeminiErrorBody {
  const quotaMetric = `generativelanguage.googleapis.com/${quotaNames[quota].metric}`;
  return {
    error: {
      code: 429,
      message: `You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: ${rateLimits}.\n* Quota exceeded for metric: ${quotaMetric}, limit: ${quotaValue}, model: ${model}\nPlease retry in ${retryDelay}.`,
      status: 'RESOURCE_EXHAUSTED',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.Help',
          links: [{ description: 'Learn more about Gemini API quotas', url: rateLimits }],
        },
        {
          '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
          violations: [
            {
              quotaMetric,
              quotaId: quotaNames[quota].id,
              quotaDimensions: { location: 'global', model },
              quotaValue: String(quotaValue),
            },
          ],
        },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay },
      ],
    },
  };
}

const rateLimits = 'https://ai.google.dev/gemini-api/docs/rate-limits';

/** 500: something broke on the provider's side. */
export function internal(message = 'An internal error has occurred. Please retry.'): GeminiErrorBody {
  return body(500, 'INTERNAL', message);
}

/** 503: too many are asking; asking again later helps. */
export function overloaded(): GeminiErrorBody {
  return body(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.');
}

/** 504: the model did not end in the time that it was given. */
export function deadlineExceeded(): GeminiErrorBody {
  return body(504, 'DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.');
}
