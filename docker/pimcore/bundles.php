<?php

return [
    Pimcore\Bundle\AdminBundle\PimcoreAdminBundle::class => ['all' => true],
    Pimcore\Bundle\DataHubBundle\PimcoreDataHubBundle::class => ['all' => true],
];
