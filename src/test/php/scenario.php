<?php

declare(strict_types=1);

/**
 * One request to Pimcore, as the subscriber sees it: `php scenario.php NAME URL SECRET`. Prints what was logged, and "done" when nothing
 * escaped.
 */

use App\Caravan\ChangeSubscriber;
use App\Caravan\Webhook;
use Caravan\Fakes\BrokenObject;
use Caravan\Fakes\DataObject;
use Caravan\Fakes\Dispatcher;
use Caravan\Fakes\FailingLogger;
use Caravan\Fakes\Folder;
use Caravan\Fakes\PrintingLogger;
use Pimcore\Event\DataObjectEvents;

require __DIR__ . '/fakes.php';
require __DIR__ . '/../../../pimcore/src/Caravan/Webhook.php';
require __DIR__ . '/../../../pimcore/src/Caravan/ChangeSubscriber.php';

[, $scenario, $url, $secret] = $argv;
$logger = $scenario === 'log-fails-too' ? new FailingLogger() : new PrintingLogger();
$pimcore = new Dispatcher(new ChangeSubscriber(new Webhook($url, $secret, 1.0, 1.5), $logger));

switch ($scenario) {
    case 'create':
        $product = new DataObject(12, '/products/acme-12', published: false);
        $pimcore->saved($product, DataObjectEvents::POST_ADD);
        $product->published = true;
        $product->contentHash = 'ab"c–ä';
        $pimcore->saved($product, DataObjectEvents::POST_UPDATE, ['isAutoSave' => false]);
        echo "committed\n";
        $pimcore->terminate();
        break;
    case 'several':
        $first = new DataObject(1, '/products/acme-1');
        $pimcore->saved($first, DataObjectEvents::POST_UPDATE);
        $pimcore->saved(new DataObject(2, '/products/acme-1/red', 'variant'), DataObjectEvents::POST_UPDATE);
        $pimcore->saved($first, DataObjectEvents::POST_DELETE);
        $pimcore->terminate('console.terminate');
        $pimcore->terminate();
        break;
    case 'worker':
        foreach ([1, 2] as $id) {
            $pimcore->saved(new DataObject($id, '/products/acme-' . $id), DataObjectEvents::POST_UPDATE);
            $pimcore->terminate('Symfony\Component\Messenger\Event\WorkerMessageHandledEvent');
            echo "message handled\n";
        }
        break;
    case 'nothing-of-interest':
        $product = new DataObject(3, '/products/acme-3');
        $pimcore->saved($product, DataObjectEvents::POST_UPDATE, ['saveVersionOnly' => true]);
        $pimcore->saved($product, DataObjectEvents::POST_UPDATE, ['isAutoSave' => true]);
        $pimcore->saved(new DataObject(4, '/categories/shoes', class: 'Category'), DataObjectEvents::POST_UPDATE);
        $pimcore->saved(new Folder(), DataObjectEvents::POST_ADD);
        $pimcore->terminate();
        break;
    case 'unreadable-object':
        $pimcore->saved(new BrokenObject(5, '/products/acme-5'), DataObjectEvents::POST_UPDATE);
        $pimcore->saved(new DataObject(6, '/products/acme-6'), DataObjectEvents::POST_UPDATE);
        $pimcore->terminate();
        break;
    case 'log-fails-too':
    case 'twenty':
        foreach (range(1, 20) as $id) {
            $pimcore->saved(new DataObject($id, '/products/acme-' . $id), DataObjectEvents::POST_UPDATE);
        }
        $pimcore->terminate();
        break;
    default:
        throw new \InvalidArgumentException('no scenario ' . $scenario);
}
echo "done\n";
