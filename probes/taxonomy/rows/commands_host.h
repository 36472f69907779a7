#pragma once

#include "probes/taxonomy/taxonomy.h"

/// What to type on the RDP host, in PowerShell as administrator: at the console, through the hypervisor, or
/// by Enter-PSSession. From Microsoft's documentation and reports; none was run on a Windows host by us.
namespace rdpwatch::rows {

inline constexpr CommandBlock kListenerOnHost{Place::Host, R"(# all three Running
Get-Service TermService, UmRdpService, SessionEnv
# rdp-tcp must say Listen
qwinsta
# 0 allows connections; under Policies stands the group policy, which wins (an error here: none is set)
Get-ItemProperty 'HKLM:\SYSTEM\CurrentControlSet\Control\Terminal Server' fDenyTSConnections
Get-ItemProperty 'HKLM:\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services' fDenyTSConnections
Get-ItemProperty 'HKLM:\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp' PortNumber)"};

inline constexpr CommandBlock kFirewallOnHost{
    Place::Host, R"(# the rules "Remote Desktop": Enabled, and for the profile that is in force
Get-NetFirewallRule -Group '@FirewallAPI.dll,-28752' | Select-Object DisplayName, Enabled, Profile, Action
Get-NetConnectionProfile
# the sources that they allow
Get-NetFirewallRule -Group '@FirewallAPI.dll,-28752' | Get-NetFirewallAddressFilter | Select-Object RemoteAddress)"};

inline constexpr CommandBlock kPortOwnerOnHost{Place::Host, R"(# svchost (TermService) should own the port
Get-NetTCPConnection -LocalPort PORT -State Listen | ForEach-Object { Get-Process -Id $_.OwningProcess }
netstat -ano -p tcp
netsh interface portproxy show all)"};

inline constexpr CommandBlock kLoadOnHost{Place::Host,
                                          R"(Get-CimInstance Win32_Processor | Select-Object LoadPercentage
Get-CimInstance Win32_OperatingSystem | Select-Object FreePhysicalMemory, FreeVirtualMemory, LastBootUpTime
Get-Process | Sort-Object WorkingSet64 -Descending | Select-Object -First 10 Name, Id, CPU, WorkingSet64
qwinsta)"};

inline constexpr CommandBlock kCrashesOnHost{Place::Host,
                                             R"(# programs that crashed: TermService runs in svchost
Get-WinEvent -FilterHashtable @{LogName='Application'; Id=1000; StartTime=(Get-Date).AddHours(-4)}
# services that ended unexpectedly
Get-WinEvent -FilterHashtable @{LogName='System'; ProviderName='Service Control Manager'; Id=7031,7034; StartTime=(Get-Date).AddHours(-4)})"};

inline constexpr CommandBlock kConnectionEventsOnHost{
    Place::Host, R"(# 131: a connection, with its address; 261: the listener got it
Get-WinEvent -LogName Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational -MaxEvents 30
Get-WinEvent -LogName Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational -MaxEvents 30)"};

inline constexpr CommandBlock kBacklogOnHost{Place::Host, R"(# how many connections wait, and from where
Get-NetTCPConnection -LocalPort PORT | Group-Object State | Select-Object Count, Name
Get-NetTCPConnection -LocalPort PORT | Group-Object RemoteAddress | Sort-Object Count -Descending | Select-Object -First 10 Count, Name
# 1006: many incomplete connections
Get-WinEvent -LogName Microsoft-Windows-TerminalServices-RemoteConnectionManager/Admin -MaxEvents 30
# a flood of these: passwords are being guessed
Get-WinEvent -FilterHashtable @{LogName='Security'; Id=4625; StartTime=(Get-Date).AddMinutes(-15)} -MaxEvents 50
Get-ItemProperty 'HKLM:\SYSTEM\CurrentControlSet\Control\Terminal Server' MaxOutstandingConnections)"};

inline constexpr CommandBlock kSecurityLayerOnHost{
    Place::Host, R"(# SecurityLayer 0 RDP, 1 negotiate, 2 TLS; UserAuthentication 1 = NLA required
Get-ItemProperty 'HKLM:\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp' |
  Select-Object SecurityLayer, UserAuthentication, fAllowSecProtocolNegotiation, MinEncryptionLevel
# the group policy, which wins
Get-ItemProperty 'HKLM:\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services'
gpresult /scope computer /r)"};

inline constexpr CommandBlock kRestrictedAdminOnHost{
    Place::Host, R"(# 0 = Restricted Admin is allowed; no value or 1 = it is not
Get-ItemProperty HKLM:\SYSTEM\CurrentControlSet\Control\Lsa DisableRestrictedAdmin)"};

inline constexpr CommandBlock kCertificateOnHost{Place::Host, R"(# certlm.msc shows them under Remote Desktop
Get-ChildItem 'Cert:\LocalMachine\Remote Desktop' | Format-List Subject, Issuer, NotBefore, NotAfter, Thumbprint, HasPrivateKey
# the thumbprint in use: it must be one that exists, here or under Cert:\LocalMachine\My
Get-CimInstance -Namespace root/cimv2/TerminalServices -ClassName Win32_TSGeneralSetting | Select-Object TerminalName, SSLCertificateSHA1Hash
# 1052 ends soon, 1054 wrong usage, 1056 to 1058 own certificate, 1063 to 1065 template
Get-WinEvent -ProviderName Microsoft-Windows-TerminalServices-RemoteConnectionManager -MaxEvents 50 |
  Where-Object { $_.Id -ge 1050 -and $_.Id -le 1065 })"};

inline constexpr CommandBlock kKeyRightsOnHost{Place::Host,
                                               R"(# expected: Administrators full, Everyone read and write
icacls C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys
# the key of the own certificate. Expected: SYSTEM full, NETWORK SERVICE read
icacls C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys\f686aace6942fb7f7ceb231212eef4a4_*)"};

inline constexpr CommandBlock kNewCertificateOnHost{
    Place::Host,
    R"(# REPAIR: makes a new self-signed one; the restart disconnects everybody who works on this host
Get-ChildItem 'Cert:\LocalMachine\Remote Desktop' | Remove-Item
Restart-Service SessionEnv, TermService -Force)"};

inline constexpr CommandBlock kSchannelEventsOnHost{
    Place::Host, R"(# 36870 private key, 36871 TLS switched off, 36872 no certificate
Get-WinEvent -FilterHashtable @{LogName='System'; ProviderName='Schannel'; Level=2} -MaxEvents 30)"};

inline constexpr CommandBlock kSchannelSettingsOnHost{
    Place::Host, R"(# versions switched on or off by hand; nothing listed = the defaults of the release
Get-ChildItem HKLM:\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols -Recurse
# cipher suites in force (Server 2016 and later), and the policy that sets them
Get-TlsCipherSuite | Select-Object Name
Get-ItemProperty HKLM:\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002 Functions)"};

inline constexpr CommandBlock kLsassOnHost{Place::Host,
                                           R"(Get-Process lsass | Select-Object CPU, WorkingSet64, HandleCount
# can it reach a domain controller
nltest /dsgetdc:DOMAIN
nltest /sc_query:DOMAIN)"};

inline constexpr CommandBlock kNtlmPolicyOnHost{
    Place::Host,
    R"(# RestrictReceivingNTLMTraffic: 0 or none = NTLM is taken, 1 = not for domain accounts, 2 = not at all
Get-ItemProperty HKLM:\SYSTEM\CurrentControlSet\Control\Lsa\MSV1_0 | Select-Object RestrictReceivingNTLMTraffic
# what was blocked
Get-WinEvent -LogName Microsoft-Windows-NTLM/Operational -MaxEvents 20
# which names Kerberos knows for this host
setspn -L COMPUTER)"};

inline constexpr CommandBlock kCredSspOnHost{
    Place::Host,
    R"(# AllowEncryptionOracle: 0 = only updated peers, 1 = mitigated, 2 = vulnerable (an error here: none is set)
Get-ItemProperty HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\CredSSP\Parameters AllowEncryptionOracle
# the last updates
Get-HotFix | Sort-Object InstalledOn -Descending | Select-Object -First 5)"};

inline constexpr CommandBlock kIdentityOnHost{
    Place::Host, R"(Get-CimInstance Win32_ComputerSystem | Select-Object Name, Domain
Get-CimInstance Win32_OperatingSystem | Select-Object Caption, Version, InstallDate
Get-NetIPAddress | Select-Object IPAddress, InterfaceAlias)"};

inline constexpr CommandBlock kClockOnHost{Place::Host, R"(w32tm /query /status
w32tm /query /source
# how far from a domain controller, or from another source of time
w32tm /stripchart /computer:SERVER /samples:3 /dataonly
# REPAIR
w32tm /resync)"};

inline constexpr CommandBlock kLogonEventsOnHost{Place::Host, R"(# the sub status says which rule refused
Get-WinEvent -FilterHashtable @{LogName='Security'; Id=4625} -MaxEvents 10 | Format-List TimeCreated, Message)"};

inline constexpr CommandBlock kRightsOnHost{
    Place::Host, R"(# members of Remote Desktop Users, whatever the group is called here
Get-LocalGroupMember -SID S-1-5-32-555
# user rights: ...RemoteInteractiveLogonRight is Remote Desktop, NetworkLogonRight is what NLA needs
secedit /export /areas USER_RIGHTS /cfg $env:TEMP\rights.inf
Select-String 'RemoteInteractiveLogonRight|NetworkLogonRight' $env:TEMP\rights.inf)"};

inline constexpr CommandBlock kSecureChannelOnHost{Place::Host,
                                                   R"(# True = the host and its domain trust each other
Test-ComputerSecureChannel -Verbose
nltest /sc_verify:DOMAIN)"};

inline constexpr CommandBlock kSessionsOnHost{Place::Host, R"(# who is on, and in which state
qwinsta
# drain mode: "enabled" takes new sessions
change logon /query
# 40: disconnected, with the number of the reason
Get-WinEvent -LogName Microsoft-Windows-TerminalServices-LocalSessionManager/Operational -MaxEvents 30)"};

inline constexpr CommandBlock kSessionLimitsOnHost{
    Place::Host, R"(# MaxInstanceCount, MaxIdleTime, MaxConnectionTime: group policy, then the listener
Get-ItemProperty 'HKLM:\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services'
Get-ItemProperty 'HKLM:\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp' |
  Select-Object MaxInstanceCount, MaxIdleTime, MaxConnectionTime)"};

inline constexpr CommandBlock kLicensingOnHost{Place::Host, R"(# days of grace that are left; 0 = over
$terminal = Get-CimInstance -Namespace root/cimv2/TerminalServices -ClassName Win32_TerminalServiceSetting
Invoke-CimMethod -InputObject $terminal -MethodName GetGracePeriodDays
$terminal | Select-Object LicensingType, LicensingName
Invoke-CimMethod -InputObject $terminal -MethodName GetSpecifiedLicenseServerList
# 1068: no licensing mode set; 1069: the grace period is over
Get-WinEvent -FilterHashtable @{ProviderName='Microsoft-Windows-TerminalServices-RemoteConnectionManager'; Id=1068,1069} -MaxEvents 10)"};

inline constexpr CommandBlock kDisplayOnHost{
    Place::Host, R"(Get-CimInstance Win32_VideoController | Select-Object Name, DriverVersion, DriverDate
# 0 = the WDDM graphics driver is off for Remote Desktop (an error here: not set)
Get-ItemProperty 'HKLM:\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services' fEnableWddmDriver)"};

inline constexpr CommandBlock kRestartsOnHost{Place::Host, R"(# 1074: who or what asked for it
Get-WinEvent -FilterHashtable @{LogName='System'; Id=1074} -MaxEvents 5
Get-CimInstance Win32_OperatingSystem | Select-Object LastBootUpTime)"};

inline constexpr CommandBlock kUdpOnHost{Place::Host, R"(# nothing listed: the UDP transport is off
Get-NetUDPEndpoint -LocalPort PORT)"};

inline constexpr CommandBlock kRevocationOnHost{
    Place::Host, R"(# fetches the lists of the CA and says what it could not get
certutil -verify -urlfetch CERTIFICATE.cer)"};

}  // namespace rdpwatch::rows
