// dotnet run --project examples -c Release -- butane | dhdl [FOLDER] | double-well | energy-program | free-energy |
// jumps | learned-path [STEPS] | learned-potential [EPOCHS] | many-well [STEPS [SAMPLES]] | particles [dw4 | lj13 [STEPS]] | peptide |
// rigid-body [STEPS]
using MolSampling.Examples;

switch (args.FirstOrDefault())
{
    case "butane": ButaneEnsemble.Run(); return 0;
    case "dhdl": AlchemicalWindows.Run(args.Length > 1 ? args[1] : Path.Combine("examples", "data", "dhdl")); return 0;
    case "double-well": DoubleWellByReplicaExchange.Run(); return 0;
    case "energy-program": EnergyProgram.Run(Console.In, Console.Out); return 0;
    case "free-energy": FreeEnergyOfOscillators.Run(); return 0;
    case "jumps": JumpsInTime.Run(); return 0;
    case "learned-path": LearnedPathIntegration.Run(args.Length > 1
        ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 600); return 0;
    case "learned-potential": LearnedPotential.Run(args.Length > 1
        ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 60); return 0;
    case "many-well": ManyWellFlow.Run(args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 500,
        args.Length > 2 ? int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture) : 100_000); return 0;
    case "particles": ParticleFlow.Run(args.Length > 1 ? args[1] : "dw4", args.Length > 2
        ? int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture) : 2000); return 0;
    case "peptide": PeptideDynamics.Run(); return 0;
    case "rigid-body": RigidBodyFlow.Run(args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 500);
        return 0;
    default:
        Console.Error.WriteLine("which example? butane, dhdl, double-well, energy-program, free-energy, jumps, learned-path, "
            + "learned-potential, many-well, particles, peptide, rigid-body");
        return 2;
}
