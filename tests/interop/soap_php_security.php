<?php
// SPDX-License-Identifier: GPL-2.0-or-later
// What php-soap is asked to do; see test_soap_security. The header is made by hand, as php's users do.

[, $base, $tls, $folder, $version] = $argv;
const WSS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-';

function token(string $password, bool $digest): SoapHeader
{
    $ns = WSS . 'wssecurity-secext-1.0.xsd';
    $type = WSS . 'username-token-profile-1.0#Password' . ($digest ? 'Digest' : 'Text');
    $more = '';
    if ($digest) {
        $nonce = random_bytes(16);
        $created = gmdate('Y-m-d\TH:i:s\Z');
        $password = base64_encode(sha1($nonce . $created . $password, true));
        $more = '<w:Nonce>' . base64_encode($nonce) . '</w:Nonce><u:Created xmlns:u="' . WSS
            . 'wssecurity-utility-1.0.xsd">' . $created . '</u:Created>';
    }
    $xml = "<w:Security xmlns:w='$ns'><w:UsernameToken><w:Username>partner</w:Username>"
        . "<w:Password Type='$type'>$password</w:Password>$more</w:UsernameToken></w:Security>";
    return new SoapHeader($ns, 'Security', new SoapVar($xml, XSD_ANYXML), true);
}

function run(string $name, SoapHeader $token, string $where): void
{
    global $base, $folder, $version;
    $client = new SoapClient("$base/soap/billing/v4?wsdl", [
        'soap_version' => $version === '1.2' ? SOAP_1_2 : SOAP_1_1,
        'cache_wsdl' => WSDL_CACHE_NONE,
        'location' => "$where/soap/billing/v4",
        'stream_context' => stream_context_create(['ssl' => ['cafile' => "$folder/ca.pem"]]),
    ]);
    $client->__setSoapHeaders($token);
    try {
        $got = $client->getBalance(['account' => '1001']);
        $balance = array_values(get_object_vars($got))[0];
        echo "$name=$balance->account|{$balance->balance->unit}\n";
    } catch (SoapFault $f) {
        $p = $f->detail->problem ?? null;
        echo "$name=fault ", $p->status ?? $f->faultstring, ' ', $p->code ?? '', "\n";
    }
}

run('text', token('partner-secret', false), $tls);
run('digest', token('partner-secret', true), $base);
run('wrong', token('other', true), $base);
