using MolSampling.Jobs.Conformers;
using MolSampling.Molecular.Chemistry;

namespace MolSampling.Examples;

/// <summary>The main job from C#: a SMILES to basins with populations and error bars.</summary>
internal static class ButaneEnsemble
{
    public static void Run()
    {
        using var butane = RDKitMolecule.FromSmiles("CCCC");
        ConformerResult result = new ConformerSampler(new ConformerOptions { Temperature = 300, Seed = 1 }).Run(butane, "CCCC");
        Console.WriteLine($"{result.Status}: {result.Diagnostics!.EffectiveSampleSize:f0} independent samples");
        foreach (Basin basin in result.Basins)
            Console.WriteLine(FormattableString.Invariant($"{basin.State,-3} {100 * basin.Population,6:f2} ± {100 * basin.PopulationError:f2} %   F {basin.FreeEnergy:f2} kJ/mol"));
    }
}
