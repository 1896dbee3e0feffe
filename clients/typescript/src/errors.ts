// What can go wrong, one class for each thing that a receipt computer has to do about it.

/** Whatever this package throws. `label` is onshi-mock's name of the reason, such as `G102`, if it gave one. */
export class OnshiError extends Error {
  constructor(message: string, readonly label?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** 回線認証: the line may not carry this institution's traffic. Mend the registration; asking again is useless. */
export class LineRefused extends OnshiError {}

/** 端末認証: there is no certificate, or it is unknown, expired or revoked. Install or renew it. */
export class CertificateRefused extends OnshiError {}

/** The request is no message of the interface. A mistake of the program: never ask again unchanged. */
export class BadRequest extends OnshiError {}

/** The Web API doesn't know the account, or its token has ended. Log in, with another account if need be. */
export class LoginRefused extends OnshiError {}

/** The service read the request and says no: segment 9, or status 2, with the field's own code. */
export class Rejected extends OnshiError {
  constructor(readonly code: string, text: string) {
    super(`${code} ${text}`.trim());
  }
}

/** The patient hasn't consented to viewing, or no longer: ask them at the card reader. */
export class NoConsent extends Rejected {}

/** The bulk job is still being worked on. Keep `reception` and fetch later. */
export class NotReady extends OnshiError {
  constructor(readonly reception: string) {
    super(`the job ${reception} is not ready`);
  }
}

/** The server's certificate isn't from the expected authority. Never go on, never ask again. */
export class Untrusted extends OnshiError {}

/** No connection, or HTTP 5xx, in each of `attempts` attempts. Tell the user, and ask again in some minutes. */
export class ServiceDown extends OnshiError {
  constructor(message: string, readonly attempts: number, options?: ErrorOptions) {
    super(`${message} (attempts: ${attempts})`, undefined, options);
  }
}

/** No answer in time. The request may have been carried out, so ask again under the same `key` only. */
export class TimedOut extends OnshiError {
  constructor(message: string, readonly key?: string) {
    super(message);
  }
}

/**
 * The error for a refusal: HTTP 4xx with onshi-mock's explanation in JSON or XML, or the text of an `.err` (status 0).
 *
 * The label's first letter says which step refused; without a label the status must do.
 */
export function refusal(status: number, text: string): OnshiError {
  const label = /\b[GCXWT]\d{3}\b/.exec(text)?.[0];
  const message = status === 0 ? text.trim() : `HTTP ${status}: ${text.trim()}`;
  switch (label?.[0]) {
    case "G":
      return new LineRefused(message, label);
    case "C":
      return new CertificateRefused(message, label);
    case "W":
      return new LoginRefused(message, label);
  }
  // The terminal's own time-out: it had no answer for minutes.
  if (label === "T103") return new ServiceDown(message, 1);
  if (status === 401) return new LoginRefused(message);
  if (status === 403 && label === undefined) return new CertificateRefused(message);
  return new BadRequest(message, label);
}
