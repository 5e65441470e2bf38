using MolSampling.Jobs.LearnedPotentials;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.ForceFields.Networks;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials;

namespace MolSampling.Examples;

/// <summary>Networks learn what MMFF94s leaves of another energy of methanol, here Sage, so that it runs everywhere; with libxtb installed
/// Labels = "gfn2" is as short. Argument: passes over the frames.</summary>
internal static class LearnedPotential
{
    public static void Run(int epochs)
    {
        string folder = Directory.CreateTempSubdirectory("molsampling-example-").FullName;
        try
        {
            var config = new PotentialConfig
            {
                Molecule = "CO",
                Labels = "sage-2.2.1",
                Frames = 200,
                Test = 100,
                Members = 3,
                Hidden = [32, 32], // [128, 96, 64] if left out
                Epochs = epochs,
            };
            PotentialTraining training = PotentialTraining.Start(config, folder);
            training.Run();
            HeldOutErrors errors = training.Result!.HeldOut!;
            Console.WriteLine($"on {errors.Frames} frames left out: energies ± {errors.EnergyRoot:f2} kJ/mol");

            // the folder is a potential by name, here as for --potential; a committee says how sure it is
            using RDKitMolecule molecule = RDKitMolecule.FromSmiles("CO");
            Potential potential = MoleculeEnergies.Create(folder, molecule).Potential;
            double[] x = [.. molecule.Embed(1, 1, TimeSpan.FromSeconds(60)).Conformers[0].Select(v => (double)v)];
            var committee = (ICommittee)potential;
            double[] members = new double[committee.MemberCount];
            committee.MemberEnergies(x, members);
            double energy = potential.EvaluateDouble(x, new double[x.Length]);
            Console.WriteLine($"{potential.Name}: {energy:f2} kJ/mol, members from {members.Min():f2} to {members.Max():f2}");
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }
}
