<?php
// SPDX-License-Identifier: GPL-2.0-or-later
// What php-soap is asked to do; see soap_house.py.

[, $base, $token, $version] = $argv;

function service(string $name, bool $withToken = true): SoapClient
{
    global $base, $token, $version;
    $header = $withToken ? "Authorization: Bearer $token" : 'X-None: 1';
    return new SoapClient("$base/soap/$name?wsdl", [
        'soap_version' => $version === '1.2' ? SOAP_1_2 : SOAP_1_1,
        'cache_wsdl' => WSDL_CACHE_NONE,
        'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
        'stream_context' => stream_context_create(['http' => ['header' => $header]]),
    ]);
}

function show(string $name, ...$parts): void
{
    $texts = array_map(fn($p) => $p === null ? 'null' : (is_bool($p) ? var_export($p, true) : $p), $parts);
    echo "$name=", implode('|', $texts), "\n";
}

function fault(string $name, callable $call): void
{
    try {
        $call();
        show($name, 'no fault');
    } catch (SoapFault $f) {
        $p = $f->detail->problem ?? null;
        echo "$name=fault ", implode(' ', array_filter([$p->status ?? $f->faultstring, $p->code ?? '', $p->pointer ?? ''])), "\n";
    }
}

$s = service('customer/v4');
$c = $s->getCustomer(['id' => '1001'])->Customer;
show('read', $c->name, $c->status, $c->id, $c->type, $c->account[0]->id, $c->account[0]->referredType);
$page = $s->listCustomers(['limit' => 2, 'offset' => 1])->Customer;
show('list', count($page), $page[0]->id, $page[1]->id);
$one = $s->listCustomers(['name' => 'Customer 1001 Ltd'])->Customer;
show('one', count($one), $one[0]->id);
$c = $s->createCustomer(['CustomerCreate' => ['name' => 'A & B <ö>', 'contactMedium' => [
    ['mediumType' => 'email', 'preferred' => true, 'characteristic' => ['emailAddress' => 'x@example.com']]]]])->Customer;
$m = $c->contactMedium[0];
show('write', $c->name, $m->mediumType, $m->characteristic->emailAddress, count($c->contactMedium), $m->preferred);
$d = $s->changeCustomer(['id' => $c->id, 'CustomerUpdate' => ['status' => 'suspended']])->Customer;
show('change', $d->status, ($d->statusReason ?? 'null') . ' reason');
$s->deleteCustomer(['id' => $c->id]);
show('delete', 'gone');
fault('missing', fn() => $s->getCustomer(['id' => $c->id]));
fault('no token', fn() => service('customer/v4', false)->getCustomer(['id' => '1001']));

$s = service('billing/v4');
$page = $s->listBills(['account' => '1001'])->CustomerBill;
show('bills', count($page), $page[0]->id, $page[0]->state, $page[0]->amountDue->unit);
$b = $s->getBill(['id' => 'INV-1003-01'])->CustomerBill;
show('bill', $b->id, $b->amountDue->value, $b->item[0]->position, $b->billDate, ($b->note ?? 'null') . ' note');
$before = $s->getBalance(['account' => '1001'])->AccountBalance;
show('balance', $before->account, $before->balance->unit);
$after = $s->topUp(['TopupBalanceCreate' => ['account' => '1001', 'amount' => '100.01']])->TopupBalance;
show('topup', 'raised by ' . round($after->balance->value - $before->balance->value, 2));
fault('negative', fn() => $s->topUp(['TopupBalanceCreate' => ['account' => '1001', 'amount' => -1]]));
fault('no account', fn() => $s->getBalance(['account' => '999999']));

$o = service('overview/v1')->getOverview(['id' => '1003'])->Overview;
show('overview', $o->id, $o->name, $o->segment, $o->blocked);
