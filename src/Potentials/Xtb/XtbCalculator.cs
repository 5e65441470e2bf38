using MolSampling.Potentials.Native;

namespace MolSampling.Potentials.Xtb;

/// <summary>libxtb's handles for one molecule, for one thread at a time.</summary>
internal sealed unsafe class XtbCalculator : IDisposable
{
    // xtb computes in hartree and bohr
    private const double BohrPerNanometre = 1 / Units.NanometrePerBohr, GradientToForce = -Units.KilojoulePerHartree * BohrPerNanometre;

    private readonly XtbSystem _system;
    private readonly double[] _bohr, _gradient;
    private nint _environment, _molecule, _calculator;

    public XtbCalculator(XtbSystem system)
    {
        _system = system;
        _bohr = new double[3 * system.AtomicNumbers.Count];
        _gradient = new double[_bohr.Length];
        _environment = XtbNative.Environment();
    }

    /// <summary>Energy and forces. Nothing is kept from the geometry before: the same geometry gives the same bytes.</summary>
    /// <param name="positions">[N, 3] nm, finite.</param>
    /// <param name="forces">[N, 3] kJ/mol/nm, overwritten; NaN where there is no energy.</param>
    /// <param name="reason">Upstream's words where there is no energy.</param>
    /// <returns>kJ/mol; NaN where the electrons do not converge.</returns>
    public double Evaluate(ReadOnlySpan<double> positions, Span<double> forces, out string? reason)
    {
        for (int k = 0; k < _bohr.Length; k++)
            _bohr[k] = positions[k] * BohrPerNanometre;
        double energy = double.NaN;
        fixed (double* x = _bohr, g = _gradient)
        {
            if (Place(x) is { } refused)
                return Without(refused, forces, out reason);
            nint results = XtbNative.xtb_newResults(); // one that was used before would begin with its wave function
            try
            {
                XtbNative.xtb_singlepoint(_environment, _molecule, _calculator, results);
                if (XtbNative.TakeError(_environment) is { } failed)
                    return Without(failed, forces, out reason);
                XtbNative.xtb_getEnergy(_environment, results, out energy);
                XtbNative.xtb_getGradient(_environment, results, g);
                if (XtbNative.TakeError(_environment) is { } missing)
                    return Without(missing, forces, out reason);
            }
            finally
            {
                XtbNative.xtb_delResults(ref results);
            }
        }
        for (int k = 0; k < forces.Length; k++)
        {
            forces[k] = GradientToForce * _gradient[k];
            if (!double.IsFinite(forces[k]))
                energy = double.NaN;
        }
        if (!double.IsFinite(energy))
            return Without("the energy or a force is not a number", forces, out reason);
        reason = null;
        return Units.KilojoulePerHartree * energy;
    }

    public void Dispose()
    {
        if (_calculator != 0)
            XtbNative.xtb_delCalculator(ref _calculator);
        if (_molecule != 0)
            XtbNative.xtb_delMolecule(ref _molecule);
        if (_environment != 0)
            XtbNative.xtb_delEnvironment(ref _environment);
    }

    private static double Without(string why, Span<double> forces, out string? reason)
    {
        reason = why;
        forces.Fill(double.NaN);
        return double.NaN;
    }

    /// <summary>Moves the molecule, or makes it: its handles need a geometry.</summary>
    /// <returns>Why that is impossible.</returns>
    private string? Place(double* x)
    {
        if (_calculator != 0)
        {
            XtbNative.xtb_updateMolecule(_environment, _molecule, x, null);
            return XtbNative.TakeError(_environment);
        }
        int[] numbers = [.. _system.AtomicNumbers];
        fixed (int* z = numbers)
            _molecule = XtbNative.xtb_newMolecule(_environment, numbers.Length, z, x, _system.Charge, _system.UnpairedElectrons, null,
                null);
        if (XtbNative.TakeError(_environment) is { } refused)
        {
            if (_molecule != 0)
                XtbNative.xtb_delMolecule(ref _molecule);
            return refused; // of this geometry: the next may do
        }
        nint calculator = XtbNative.xtb_newCalculator();
        if (_system.Method == XtbMethod.Gfn2)
            XtbNative.xtb_loadGFN2xTB(_environment, _molecule, calculator, null);
        else
            XtbNative.xtb_loadGFN1xTB(_environment, _molecule, calculator, null);
        if (_system.SolventCode is { } solvent)
            XtbNative.xtb_setSolvent(_environment, calculator, solvent, null, null, null);
        if (XtbNative.TakeError(_environment) is { } missing)
        {
            XtbNative.xtb_delCalculator(ref calculator);
            XtbNative.xtb_delMolecule(ref _molecule);
            throw new NativeException("xtb", missing); // parameters: no geometry mends it
        }
        _calculator = calculator;
        return null;
    }
}
