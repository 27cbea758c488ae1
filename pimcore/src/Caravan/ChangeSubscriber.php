<?php

declare(strict_types=1);

namespace App\Caravan;

use Pimcore\Event\DataObjectEvents;
use Pimcore\Event\Model\DataObjectEvent;
use Psr\Log\LoggerInterface;
use Symfony\Component\Console\ConsoleEvents;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;
use Symfony\Component\HttpKernel\KernelEvents;
use Symfony\Component\Messenger\Event\WorkerMessageFailedEvent;
use Symfony\Component\Messenger\Event\WorkerMessageHandledEvent;

/**
 * Tells Caravan which products changed.
 *
 * Pimcore calls it after the commit of a change. It takes a note then, and sends when the request, command or worker's message is done:
 * the caller has its answer by then, and an object saved several times (the Data Hub's createProduct saves twice) is told once, as it is
 * in the end. Nothing that happens here reaches Pimcore: an exception would make a mutation that was committed answer success:false.
 *
 * Delivery is at most once. What is lost, Caravan finds by asking for what changed.
 */
final class ChangeSubscriber implements EventSubscriberInterface
{
    /** @var array<int, array{general: array<string, mixed>, subject: array<string, mixed>}> by the object's id, in the order of their last changes */
    private array $changes = [];

    /**
     * @param list<string> $classes names of the classes whose changes are told
     * @param list<string> $fields  what is told of an object besides its system fields, as far as its class has them
     */
    public function __construct(
        private readonly Webhook $webhook,
        private readonly LoggerInterface $logger,
        private readonly array $classes = ['Product'],
        private readonly array $fields = ['externalId', 'sku', 'sourceVersion', 'contentHash'],
    ) {
    }

    public static function getSubscribedEvents(): array
    {
        return [
            DataObjectEvents::POST_ADD => 'onChange',
            DataObjectEvents::POST_UPDATE => 'onChange',
            DataObjectEvents::POST_DELETE => 'onChange',
            KernelEvents::TERMINATE => 'send',
            ConsoleEvents::TERMINATE => 'send',
            // A worker is one command for hours: it sends after each message.
            WorkerMessageHandledEvent::class => 'send',
            WorkerMessageFailedEvent::class => 'send',
        ];
    }

    public function onChange(DataObjectEvent $event, string $name): void
    {
        try {
            $object = $event->getObject();
            // Folders have no class.
            if (!method_exists($object, 'getClassName') || !in_array($object->getClassName(), $this->classes, true)) {
                return;
            }
            // A draft is no change of the object, only a version beside it.
            if ($this->flag($event, 'saveVersionOnly') || $this->flag($event, 'isAutoSave')) {
                return;
            }
            $id = (int) $object->getId();
            unset($this->changes[$id]);
            $this->changes[$id] = $this->message($object, $name);
        } catch (\Throwable $e) {
            $this->log('Caravan is not told of a change: ' . $e->getMessage(), $e);
        }
    }

    public function send(): void
    {
        $changes = $this->changes;
        $this->changes = [];
        if ($changes === []) {
            return;
        }
        try {
            $this->webhook->send(array_values($changes));
        } catch (\Throwable $e) {
            $this->log('Caravan may not have been told of changes of ' . count($changes) . ' objects: ' . $e->getMessage(), $e);
        }
    }

    /** @return array{general: array<string, mixed>, subject: array<string, mixed>} as the Datahub Webhooks bundle has it */
    private function message(object $object, string $event): array
    {
        $subject = [
            'id' => (int) $object->getId(),
            'path' => $object->getRealFullPath(),
            'published' => $event !== DataObjectEvents::POST_DELETE && $object->isPublished(),
            'type' => $object->getClassName(),
            'objectType' => $object->getType(),
            'modificationDate' => $object->getModificationDate(),
        ];
        foreach ($this->fields as $field) {
            $getter = 'get' . ucfirst($field);
            if (method_exists($object, $getter)) {
                $subject[$field] = $object->$getter();
            }
        }

        return [
            'general' => [
                'eventName' => $event,
                'timestamp' => time(),
                'subjectType' => 'object',
                'versionOnly' => false,
            ],
            'subject' => $subject,
        ];
    }

    private function flag(DataObjectEvent $event, string $name): bool
    {
        return $event->hasArgument($name) && (bool) $event->getArgument($name);
    }

    /** A logger that fails, on a full disk perhaps, must not fail the request either. */
    private function log(string $message, \Throwable $e): void
    {
        try {
            $this->logger->error($message, ['exception' => $e]);
        } catch (\Throwable) {
        }
    }
}
