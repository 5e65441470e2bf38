using MolSampling.Cli;
using MolSampling.Cli.Output;
using MolSampling.Molecular;
using MolSampling.Potentials.Native;
using var signals = new StopSignals();

TerminalText.Install();
NativeBuild.Announce = message => Console.Error.WriteLine($"molsampling: {message}");
return HardLimit.Exit(await CommandTree.RunAsync(args, signals.Decide, signals.Token).ConfigureAwait(false));
