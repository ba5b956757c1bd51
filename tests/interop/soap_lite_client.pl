# SPDX-License-Identifier: GPL-2.0-or-later
# What SOAP::Lite is asked to do; see soap_house.py. It reads a WSDL for its stubs only, and knows
# nothing of schemas: messages are put together element by element, as its users do.
use strict;
use warnings;
use utf8;
use SOAP::Lite;

binmode(STDOUT, ':utf8');
my ($base, $token, $version) = @ARGV;
SOAP::Lite->soapversion($version);

sub service {
    my ($name, $open) = @_;
    my $soap = SOAP::Lite->proxy("$base/soap/$name", timeout => 20)->ns("urn:telgate:$name", 't')
        ->autotype(0)->readable(0);
    $soap->transport->default_header('Authorization' => "Bearer $token") unless $open;
    $soap->transport->default_header('Accept' => '*/*');
    $soap->on_fault(sub { });
    return $soap;
}

# Each WSDL is loaded: SOAP::Schema makes a stub for each operation.
sub stubs {
    my $name = shift;
    my $parsed = SOAP::Schema->schema_url("$base/soap/$name?wsdl")->parse->services or die "no services in $name";
    my %names = map { $_ => 1 } map { keys %$_ } map { values %$_ } values %$parsed;
    return \%names;
}

sub element { # NAME, text or [elements]
    my ($name, $value) = @_;
    return SOAP::Data->name($name)->prefix('t')
        ->value(ref $value ? \SOAP::Data->value(@$value) : $value)->type(ref $value ? '' : 'string');
}

sub call {
    my ($soap, $operation, @elements) = @_;
    return $soap->call(SOAP::Data->name($operation)->prefix('t') => @elements);
}

sub show { my $name = shift; print "$name=", join('|', map { defined $_ && $_ ne '' ? $_ : 'null' } @_), "\n" }

sub fault {
    my ($name, $answer) = @_;
    my $problem = $answer->faultdetail;
    $problem = $answer->valueof('//problem') unless ref $problem && ref $problem->{problem};
    $problem = $problem->{problem} if ref $problem && ref $problem->{problem};
    print "$name=fault ", join(' ', grep { defined $_ } @{$problem // {}}{qw(status code pointer)}), "\n";
}

for my $name (qw(customer/v4 billing/v4 overview/v1)) {
    my $known = stubs($name);
    die "no operations in $name" unless %$known;
}

my $s = service('customer/v4');
my $a = call($s, 'getCustomer', element(id => '1001'));
die $a->faultstring if $a->fault;
my $c = $a->valueof('//Customer');
show('read', @{$c}{qw(name status id)}, $a->dataof('//Customer')->attr->{type}, $c->{account}{id},
    $a->dataof('//Customer/account')->attr->{referredType});
$a = call($s, 'listCustomers', element(offset => 1), element(limit => 2));
my @page = $a->valueof('//Customer');
show('list', scalar @page, map { $_->{id} } @page);
my @one = call($s, 'listCustomers', element(name => 'Customer 1001 Ltd'))->valueof('//Customer');
show('one', scalar @one, $one[0]{id});
$a = call($s, 'createCustomer', element(CustomerCreate => [
    element(name => 'A & B <ö>'),
    element(contactMedium => [element(mediumType => 'email'), element(preferred => 'true'),
        element(characteristic => [element(emailAddress => 'x@example.com')])])]));
die $a->faultstring if $a->fault;
$c = $a->valueof('//Customer');
my @media = $a->valueof('//Customer/contactMedium');
show('write', $c->{name}, $media[0]{mediumType}, $media[0]{characteristic}{emailAddress}, scalar @media,
    $media[0]{preferred});
my $d = call($s, 'changeCustomer', element(id => $c->{id}), element(CustomerUpdate => [element(status => 'suspended')]))->valueof('//Customer');
show('change', $d->{status}, ($d->{statusReason} // 'null') . ' reason');
call($s, 'deleteCustomer', element(id => $c->{id}))->fault or show('delete', 'gone');
fault('missing', call($s, 'getCustomer', element(id => $c->{id})));
fault('no token', call(service('customer/v4', 1), 'getCustomer', element(id => '1001')));

$s = service('billing/v4');
@page = call($s, 'listBills', element(account => '1001'))->valueof('//CustomerBill');
show('bills', scalar @page, $page[0]{id}, $page[0]{state}, $page[0]{amountDue}{unit});
my $b = call($s, 'getBill', element(id => 'INV-1003-01'))->valueof('//CustomerBill');
show('bill', $b->{id}, $b->{amountDue}{value}, $b->{item}{position}, $b->{billDate}, ($b->{note} // 'null') . ' note');
my $before = call($s, 'getBalance', element(account => '1001'))->valueof('//AccountBalance');
show('balance', $before->{account}, $before->{balance}{unit});
my $after = call($s, 'topUp', element(TopupBalanceCreate => [element(account => '1001'), element(amount => '100.01')]))->valueof('//TopupBalance');
show('topup', sprintf('raised by %.2f', $after->{balance}{value} - $before->{balance}{value}));
fault('negative', call($s, 'topUp', element(TopupBalanceCreate => [element(account => '1001'), element(amount => -1)])));
fault('no account', call($s, 'getBalance', element(account => '999999')));

my $o = call(service('overview/v1'), 'getOverview', element(id => '1003'))->valueof('//Overview');
show('overview', @{$o}{qw(id name segment blocked)});
