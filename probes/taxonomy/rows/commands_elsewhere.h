#pragma once

#include "probes/taxonomy/taxonomy.h"

/// What to type, in PowerShell, on the user's machine and on the servers that a session needs besides its
/// host. From Microsoft's documentation and reports; none was run on Windows by us.
namespace rdpwatch::rows {

inline constexpr CommandBlock kLookUpOnClient{Place::Client, R"(Resolve-DnsName HOST
# suffixes for short names, and who is asked
Get-DnsClientGlobalSetting
Get-DnsClientServerAddress
Select-String HOST $env:SystemRoot\System32\drivers\etc\hosts
# REPAIR: forgets old answers
Clear-DnsClientCache)"};

inline constexpr CommandBlock kReachOnClient{Place::Client,
                                             R"(# TcpTestSucceeded, and the source address that the host sees
Test-NetConnection HOST -Port PORT
route print)"};

inline constexpr CommandBlock kClientLog{
    Place::Client,
    R"(# 1024 to 1029: each attempt of this user; 1026 has the number of the dialog's first code (reported)
Get-WinEvent -LogName Microsoft-Windows-TerminalServices-RDPClient/Operational -MaxEvents 20)"};

inline constexpr CommandBlock kClientSettings{Place::Client, R"(# enablecredsspsupport:i:0 switches NLA off
Select-String 'enablecredsspsupport|authentication level' FILE.rdp
(Get-Item $env:SystemRoot\System32\mstsc.exe).VersionInfo.ProductVersion)"};

inline constexpr CommandBlock kClientUpdates{
    Place::Client, R"(# 0 = only updated hosts, 1 = mitigated, 2 = vulnerable (an error here: none is set)
Get-ItemProperty HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\CredSSP\Parameters AllowEncryptionOracle
Get-HotFix | Sort-Object InstalledOn -Descending | Select-Object -First 5)"};

inline constexpr CommandBlock kClientInterference{Place::Client,
                                                  R"(# which antivirus is registered (not on servers)
Get-CimInstance -Namespace root/SecurityCenter2 -ClassName AntiVirusProduct | Select-Object displayName
Get-VpnConnection
Get-NetAdapter | Where-Object Status -eq Up)"};

inline constexpr CommandBlock kLicenseStoreOnClient{
    Place::Client,
    R"(# REPAIR: delete this key, then start the client once as administrator, and it asks for a new licence
Get-ChildItem HKLM:\SOFTWARE\Microsoft\MSLicensing)"};

inline constexpr CommandBlock kUdpOnClient{Place::Client,
                                           R"(# 1 = this client never tries UDP (an error here: not set)
Get-ItemProperty 'HKLM:\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services\Client' fClientDisableUDP)"};

inline constexpr CommandBlock kDnsServer{Place::NameServer, R"(# on a Windows DNS server
Get-DnsServerResourceRecord -ZoneName ZONE -Name NAME
Get-DnsServerForwarder
Get-WinEvent -LogName 'DNS Server' -MaxEvents 30)"};

inline constexpr CommandBlock kAccountOnDomain{
    Place::DomainController,
    R"(Get-ADUser USER -Properties Enabled, LockedOut, AccountExpirationDate, PasswordExpired, PasswordLastSet, LogonWorkstations
# local accounts of the host: net user USER
net user USER /domain)"};

inline constexpr CommandBlock kLockoutOnDomain{
    Place::DomainController, R"(# on the PDC emulator: which machine sent the wrong passwords
Get-WinEvent -FilterHashtable @{LogName='Security'; Id=4740} -MaxEvents 10 | Format-List TimeCreated, Message
# REPAIR, once the source has stopped
Unlock-ADAccount USER)"};

inline constexpr CommandBlock kComputerOnDomain{
    Place::DomainController,
    R"(Get-ADComputer COMPUTER -Properties Enabled, PasswordLastSet, ServicePrincipalName
Get-ADTrust -Filter *)"};

inline constexpr CommandBlock kOnGateway{Place::Gateway, R"(Get-Service TSGateway, W3SVC
# who was refused, and by which policy: 200 to 304
Get-WinEvent -LogName Microsoft-Windows-TerminalServices-Gateway/Operational -MaxEvents 30
# from here to the host
Test-NetConnection HOST -Port PORT)"};

inline constexpr CommandBlock kOnBroker{
    Place::Broker,
    R"(Get-WinEvent -LogName Microsoft-Windows-TerminalServices-SessionBroker/Operational -MaxEvents 30
Get-RDSessionCollection
# which hosts take new sessions
Get-RDSessionHost -CollectionName COLLECTION
Get-RDUserSession)"};

inline constexpr CommandBlock kOnHypervisor{Place::Hypervisor, R"(# on the Hyper-V host
Get-VM | Select-Object Name, Id, State, Status)"};

inline constexpr CommandBlock kPowerOnHypervisor{
    Place::Hypervisor, R"(# on the Hyper-V host; elsewhere look at the console of the machine
Get-VM COMPUTER | Select-Object State, Status, CPUUsage, MemoryAssigned, Uptime
Get-VMNetworkAdapter COMPUTER | Select-Object SwitchName, Status, IPAddresses)"};

}  // namespace rdpwatch::rows
