@echo off
rem Builds target\caravan.jar when there is none, then runs a command: caravan --help lists them.
rem After a change of sources or routes: mvnw -q -DskipTests package
setlocal EnableExtensions
set "HERE=%~dp0"
set "TARGET=%HERE%target"
set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java"

set "VERSION=0"
for /f "tokens=3" %%v in ('call "%JAVA%" -version 2^>^&1 ^| findstr /c:" version "') do for /f "tokens=1 delims=." %%m in ("%%~v") do set "VERSION=%%m"
if %VERSION% LSS 17 (
  echo caravan: needs Java 17 or newer: install one, or set JAVA_HOME to where it is 1>&2
  exit /b 2
)

if not exist "%TARGET%\caravan.jar" (
  echo caravan: building target\caravan.jar, which takes some minutes the first time 1>&2
  call "%HERE%mvnw.cmd" -q -f "%HERE%pom.xml" -DskipTests package 1>&2 || exit /b 2
)

if not "%~1"=="run" if not defined CARAVAN_LOG_FORMAT set "CARAVAN_LOG_FORMAT=text"
set "MAIN="
if "%~1"=="demo" set "MAIN=dev.caravan.sandbox.Demo"
if "%~1"=="bench" set "MAIN=dev.caravan.sandbox.Bench"
if defined MAIN goto sandbox
"%JAVA%" -XX:+ExitOnOutOfMemoryError %JAVA_OPTS% -jar "%TARGET%\caravan.jar" %*
exit /b %ERRORLEVEL%

:sandbox
set "ARGS="
:next
shift
if not "%~1"=="" (
  set ARGS=%ARGS% %1
  goto next
)
rem The class path is longer than a command line may be, so Java reads it from a file.
powershell -NoProfile -Command "$p = '%TARGET%\caravan.jar;%TARGET%\test-classes;' + (Get-Content -Raw '%TARGET%\sandbox.classpath').Trim(); Set-Content -Encoding Default '%TARGET%\sandbox.args' ('-cp \"' + $p.Replace('\', '/') + '\"')" || exit /b 2
"%JAVA%" -XX:+ExitOnOutOfMemoryError %JAVA_OPTS% -Dlogback.configurationFile=logback.xml @"%TARGET%\sandbox.args" %MAIN% %ARGS%
exit /b %ERRORLEVEL%
