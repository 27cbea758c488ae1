<?php

declare(strict_types=1);

/** Signs each case of a file of test vectors: `php sign.php FILE` prints a signature a line. */

use App\Caravan\Webhook;

require __DIR__ . '/../../../pimcore/src/Caravan/Webhook.php';

foreach (json_decode(file_get_contents($argv[1]), true, flags: JSON_THROW_ON_ERROR) as $case) {
    $headers = Webhook::sign($case['secret'], $case['id'], $case['timestamp'], $case['body']);
    if ($headers['webhook-id'] !== $case['id'] || $headers['webhook-timestamp'] !== (string) $case['timestamp']) {
        throw new \RuntimeException($case['name'] . ': other id or time');
    }
    echo $headers['webhook-signature'], "\n";
}
