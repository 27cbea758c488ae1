<?php

declare(strict_types=1);

namespace App\Caravan;

/**
 * Posts messages to Caravan, signed as the Standard Webhooks specification says (symmetric version v1): HMAC-SHA256 over
 * "<webhook-id>.<webhook-timestamp>.<body>".
 */
final class Webhook
{
    private const PREFIX = 'whsec_';

    /**
     * @param string $url            Caravan's /hooks/pimcore; empty to send nothing
     * @param string $secret         "whsec_" and Base64 of 24 to 64 bytes, as in Caravan's PIMCORE_WEBHOOK_SECRET
     * @param float  $timeoutSeconds for one message
     * @param float  $budgetSeconds  for all messages of a request; the rest is left to Caravan's sweep
     */
    public function __construct(
        private readonly string $url,
        #[\SensitiveParameter] private readonly string $secret,
        private readonly float $timeoutSeconds = 2.0,
        private readonly float $budgetSeconds = 10.0,
    ) {
    }

    /**
     * One request each, in this order. Stops at the first that is not taken, because the next one would not be either.
     *
     * @param list<array<string, mixed>> $messages
     *
     * @throws \RuntimeException saying how many were taken
     */
    public function send(array $messages): void
    {
        if ($this->url === '') {
            return;
        }
        $until = microtime(true) + $this->budgetSeconds;
        foreach ($messages as $taken => $message) {
            $left = min($this->timeoutSeconds, $until - microtime(true));
            $problem = $left > 0 ? $this->post($message, $left) : 'out of time';
            if ($problem !== null) {
                throw new \RuntimeException(sprintf('%d of %d messages were taken, then: %s', $taken, count($messages), $problem));
            }
        }
    }

    /**
     * The headers that prove to Caravan that a body is ours.
     *
     * @param string $id        the same when the message is sent again
     * @param int    $timestamp seconds since 1970
     *
     * @return array<string, string>
     *
     * @throws \RuntimeException when the secret is none; it is not in the message
     */
    public static function sign(#[\SensitiveParameter] string $secret, string $id, int $timestamp, string $body): array
    {
        $base64 = str_starts_with($secret, self::PREFIX) ? substr($secret, strlen(self::PREFIX)) : $secret;
        $key = base64_decode($base64, true);
        if ($key === false || strlen($key) < 24 || strlen($key) > 64) {
            throw new \RuntimeException('the webhook secret is not ' . self::PREFIX . ' and Base64 of 24 to 64 bytes');
        }

        return [
            'webhook-id' => $id,
            'webhook-timestamp' => (string) $timestamp,
            'webhook-signature' => 'v1,' . base64_encode(hash_hmac('sha256', $id . '.' . $timestamp . '.' . $body, $key, true)),
        ];
    }

    /**
     * With PHP's own HTTP client: no library to install, nothing that another version of Pimcore has not.
     *
     * @param array<string, mixed> $message
     *
     * @return string|null what went wrong, or null
     */
    private function post(array $message, float $timeout): ?string
    {
        $body = json_encode($message, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE);
        $headers = ['Content-Type: application/json'];
        foreach (self::sign($this->secret, 'msg_' . bin2hex(random_bytes(16)), time(), $body) as $name => $value) {
            $headers[] = $name . ': ' . $value;
        }
        $context = stream_context_create(['http' => [
            'method' => 'POST',
            'header' => $headers,
            'content' => $body,
            'timeout' => $timeout,
            'follow_location' => 0,
            'ignore_errors' => true,
            'protocol_version' => 1.1,
        ]]);
        error_clear_last();
        $answer = @fopen($this->url, 'rb', false, $context);
        if ($answer === false) {
            return error_get_last()['message'] ?? 'no answer';
        }
        $status = explode(' ', stream_get_meta_data($answer)['wrapper_data'][0] ?? '')[1] ?? 'none';
        fclose($answer);

        return str_starts_with($status, '2') ? null : 'HTTP status ' . $status;
    }
}
