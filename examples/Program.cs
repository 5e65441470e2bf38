// dotnet run --project examples -c Release -- butane | double-well | free-energy | many-well [STEPS] | peptide
using MolSampling.Examples;

switch (args.FirstOrDefault())
{
    case "butane": ButaneEnsemble.Run(); return 0;
    case "double-well": DoubleWellByReplicaExchange.Run(); return 0;
    case "free-energy": FreeEnergyOfOscillators.Run(); return 0;
    case "many-well": ManyWellFlow.Run(args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 500); return 0;
    case "peptide": PeptideDynamics.Run(); return 0;
    default: Console.Error.WriteLine("which example? butane, double-well, free-energy, many-well, peptide"); return 2;
}
