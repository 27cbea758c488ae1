<?php

declare(strict_types=1);

/** As much of Pimcore, Symfony and PSR as the subscriber touches, so that it runs without them. */

namespace Symfony\Component\EventDispatcher {
    interface EventSubscriberInterface
    {
        public static function getSubscribedEvents(): array;
    }
}

namespace Symfony\Component\Console {
    final class ConsoleEvents
    {
        public const TERMINATE = 'console.terminate';
    }
}

namespace Symfony\Component\HttpKernel {
    final class KernelEvents
    {
        public const TERMINATE = 'kernel.terminate';
    }
}

namespace Psr\Log {
    interface LoggerInterface
    {
        public function error(string|\Stringable $message, array $context = []): void;
    }
}

namespace Pimcore\Event {
    final class DataObjectEvents
    {
        public const POST_ADD = 'pimcore.dataobject.postAdd';
        public const POST_UPDATE = 'pimcore.dataobject.postUpdate';
        public const POST_DELETE = 'pimcore.dataobject.postDelete';
    }
}

namespace Pimcore\Event\Model {
    final class DataObjectEvent
    {
        public function __construct(private readonly object $object, private readonly array $arguments = [])
        {
        }

        public function getObject(): object
        {
            return $this->object;
        }

        public function hasArgument(string $name): bool
        {
            return array_key_exists($name, $this->arguments);
        }

        public function getArgument(string $name): mixed
        {
            return $this->arguments[$name];
        }
    }
}

namespace Caravan\Fakes {
    use Pimcore\Event\Model\DataObjectEvent;
    use Psr\Log\LoggerInterface;
    use Symfony\Component\EventDispatcher\EventSubscriberInterface;

    class Folder
    {
        public function getId(): int
        {
            return 2;
        }
    }

    class DataObject
    {
        public function __construct(
            private readonly int $id,
            private readonly string $path,
            private readonly string $type = 'object',
            private readonly string $class = 'Product',
            public bool $published = true,
            public ?string $contentHash = null,
        ) {
        }

        public function getId(): int
        {
            return $this->id;
        }

        public function getRealFullPath(): string
        {
            return $this->path;
        }

        public function getType(): string
        {
            return $this->type;
        }

        public function getClassName(): string
        {
            return $this->class;
        }

        public function isPublished(): bool
        {
            return $this->published;
        }

        public function getModificationDate(): int
        {
            return 1795230847;
        }

        public function getExternalId(): string
        {
            return 'acme:' . $this->id;
        }

        public function getContentHash(): ?string
        {
            return $this->contentHash;
        }
    }

    /** An object whose fields cannot be read, as after a change of its class. */
    final class BrokenObject extends DataObject
    {
        public function getContentHash(): ?string
        {
            throw new \RuntimeException('no such column');
        }
    }

    /** Prints what is logged, a line each. */
    final class PrintingLogger implements LoggerInterface
    {
        public function error(string|\Stringable $message, array $context = []): void
        {
            echo 'logged: ', $message, "\n";
        }
    }

    final class FailingLogger implements LoggerInterface
    {
        public function error(string|\Stringable $message, array $context = []): void
        {
            throw new \RuntimeException('the disk is full');
        }
    }

    /** Calls what subscribed to an event, as Symfony's dispatcher does. */
    final class Dispatcher
    {
        public function __construct(private readonly EventSubscriberInterface $subscriber)
        {
        }

        public function dispatch(object $event, string $name): void
        {
            $method = $this->subscriber::getSubscribedEvents()[$name] ?? null;
            if ($method !== null) {
                $this->subscriber->$method($event, $name, $this);
            }
        }

        public function saved(DataObject|Folder $object, string $name, array $arguments = []): void
        {
            $this->dispatch(new DataObjectEvent($object, $arguments), $name);
        }

        public function terminate(string $name = 'kernel.terminate'): void
        {
            $this->dispatch(new \stdClass(), $name);
        }
    }
}
