# SPDX-License-Identifier: GPL-2.0-or-later
"""The WSDL of a backend with one operation, Pay, and its fault TooPoor; its elements are the
test's."""

SOAP_11 = "http://schemas.xmlsoap.org/wsdl/soap/"


def wsdl(elements, binding=SOAP_11):
    """elements: the x:element Pay, PayResponse and Poor. binding: the namespace of SOAP's."""
    return f"""<?xml version="1.0"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="{binding}" xmlns:b="urn:b"
  xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:b">
 <types><x:schema targetNamespace="urn:b" elementFormDefault="qualified">
{elements} </x:schema></types>
 <message name="In"><part name="p" element="b:Pay"/></message>
 <message name="Out"><part name="p" element="b:PayResponse"/></message>
 <message name="Poor"><part name="p" element="b:Poor"/></message>
 <portType name="T"><operation name="Pay"><input message="b:In"/><output message="b:Out"/>
  <fault name="TooPoor" message="b:Poor"/></operation></portType>
 <binding name="B" type="b:T"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
  <operation name="Pay"><s:operation soapAction="urn:b/Pay"/><input><s:body use="literal"/></input>
   <output><s:body use="literal"/></output>
   <fault name="TooPoor"><s:fault name="TooPoor" use="literal"/></fault></operation></binding>
 <service name="S"><port name="P" binding="b:B"><s:address location="http://localhost/"/></port>
 </service></definitions>"""
