// dotnet run --project examples -c Release -- butane | double-well | free-energy | peptide
using MolSampling.Examples;

switch (args.FirstOrDefault())
{
    case "butane": ButaneEnsemble.Run(); return 0;
    case "double-well": DoubleWellByReplicaExchange.Run(); return 0;
    case "free-energy": FreeEnergyOfOscillators.Run(); return 0;
    case "peptide": PeptideDynamics.Run(); return 0;
    default: Console.Error.WriteLine("which example? butane, double-well, free-energy, peptide"); return 2;
}
